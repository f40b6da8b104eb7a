package io.peregrine.model.image;

/// The size of a view whose longer side has a limit, rounded up to multiples of a factor: Pixtral, Mistral
/// Small 3 and LightOnOCR, and the grid of Idefics3's tiles in llama.cpp.
///
/// The limits of the area are the user's: the sources know them in llama.cpp only, and the authors' rule is
/// held to them in the way of [SmartResize#lfm2].
///
/// @param edge the longer side at most, in pixels
/// @param limits the factor, and the area before it is done
public record LongestEdge(int edge, SmartResize limits) {

    private static final int MAX_EDGE = 1 << 16;

    /// @throws IllegalArgumentException if `edge` is not 1 to 65,536
    public LongestEdge {
        if (edge < 1 || edge > MAX_EDGE) {
            throw new IllegalArgumentException("longest edge is " + edge + ", expected 1 to " + MAX_EDGE);
        }
    }

    /// The authors' rule of Pixtral, under which a picture never grows, except to the next multiple of the
    /// factor. A side of a long and thin picture that would be rounded to nothing becomes one factor.
    ///
    /// Source: `huggingface/transformers : models/pixtral/image_processing_pixtral.py`
    /// (`get_resize_output_image_size`).
    ///
    /// @throws io.peregrine.core.ResourceLimitException as [SmartResize#lfm2]
    public Size pixtral(int width, int height) {
        double ratio = Math.max(1, Math.max((double) height / edge, (double) width / edge));
        return limits.limited(width, height, multiple((int) (width / ratio)), multiple((int) (height / ratio)));
    }

    /// llama.cpp's rule, under which every picture shrinks or grows to the longest edge; in f32.
    ///
    /// Source: `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`calc_size_preserved_ratio`).
    ///
    /// @throws io.peregrine.core.ResourceLimitException as [SmartResize#llamaCpp]
    public Size llamaCpp(int width, int height) {
        float scale = Math.min((float) edge / width, (float) edge / height);
        return limits.limitedInFloat(width, height, upward(width * scale), upward(height * scale));
    }

    private long multiple(int side) {
        return (long) Math.max(1, Math.ceilDiv(side, limits.factor())) * limits.factor();
    }

    private long upward(float side) {
        return (long) Math.ceil(side / limits.factor()) * limits.factor();
    }
}
