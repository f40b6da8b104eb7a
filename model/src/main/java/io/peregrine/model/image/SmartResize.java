package io.peregrine.model.image;

import io.peregrine.core.ResourceLimitException;

/// The size of a view that keeps a picture's shape as well as multiples of `factor` allow, with an area
/// between two limits: what families with a dynamic resolution call "smart resize". Three published rules
/// differ in details that change sizes, so each has its method.
///
/// A picture becomes at least one `factor` long and wide. One that is so long and thin that this takes its
/// area beyond the upper limit is refused. Where the lower limit makes it larger, its sides are rounded up,
/// so that it can come out somewhat above both limits, as in the sources.
///
/// @param factor what both sides are a multiple of, in pixels: the patch times the merged patches per side
/// @param minPixels area at least, 0 for no limit
/// @param maxPixels area at most, [#NO_LIMIT] for none
public record SmartResize(int factor, long minPixels, long maxPixels) {

    /// As much as a picture can have.
    public static final long NO_LIMIT = ImageLimits.MOST_PIXELS;

    /// Of longer side to shorter side, in [#qwen(int, int)].
    private static final int MAX_RATIO = 200;

    /// @throws IllegalArgumentException if a limit or the factor cannot be
    public SmartResize {
        if (factor < 1 || (long) factor * factor > maxPixels) {
            throw new IllegalArgumentException(
                    "factor is " + factor + ", expected 1 or more, with a square in " + maxPixels + " pixels");
        }
        if (minPixels < 0 || minPixels > maxPixels || maxPixels > NO_LIMIT) {
            throw new IllegalArgumentException("limits are " + minPixels + " and " + maxPixels
                    + " pixels, expected 0 to " + NO_LIMIT + " and the lower one first");
        }
    }

    /// Limits in image tokens, of which each is a square of `factor`.
    ///
    /// @param minTokens at least, 0 for no limit
    /// @param maxTokens at most
    /// @throws IllegalArgumentException as the constructor, or if `maxTokens` are more than a picture can
    /// have
    public static SmartResize ofTokens(int factor, int minTokens, int maxTokens) {
        long area = (long) factor * factor;
        if (minTokens < 0 || maxTokens < 1 || maxTokens > NO_LIMIT / Math.max(1, area)) {
            throw new IllegalArgumentException("limits are " + minTokens + " and " + maxTokens + " image tokens of "
                    + area + " pixels, expected 0 to " + NO_LIMIT / Math.max(1, area));
        }
        return new SmartResize(factor, minTokens * area, maxTokens * area);
    }

    /// The authors' rule of Qwen2-VL, Qwen2.5-VL and Qwen3-VL, which may round a short side to nothing and
    /// then takes the area for too small.
    ///
    /// Source: `huggingface/transformers : models/qwen2_vl/image_processing_qwen2_vl.py` (`smart_resize`).
    ///
    /// @throws ResourceLimitException if the picture is more than 200 times as long as wide, or becomes too
    /// large
    public Size qwen(int width, int height) {
        if (Math.max(width, height) > (long) MAX_RATIO * Math.min(width, height)) {
            throw new ResourceLimitException(
                    "ratio of the picture's sides",
                    width + " x " + height + " pixels",
                    MAX_RATIO + ":1",
                    "show a part of the picture");
        }
        return limited(width, height, roundedEven(width), roundedEven(height));
    }

    /// The authors' rule of LFM2-VL, in which no side is rounded to nothing.
    ///
    /// Source: `huggingface/transformers : models/lfm2_vl/image_processing_lfm2_vl_fast.py` (`smart_resize`).
    ///
    /// @throws ResourceLimitException if the picture becomes too large
    public Size lfm2(int width, int height) {
        return limited(width, height, Math.max(factor, roundedEven(width)), Math.max(factor, roundedEven(height)));
    }

    /// llama.cpp's rule of all families without a longest edge: halves are rounded up, in f32.
    ///
    /// Source: `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`calc_size_preserved_ratio`).
    ///
    /// @throws ResourceLimitException if the picture becomes too large
    public Size llamaCpp(int width, int height) {
        long across = (long) Math.floor((float) width / factor + 0.5) * factor;
        long down = (long) Math.floor((float) height / factor + 0.5) * factor;
        return limitedInFloat(width, height, Math.max(factor, across), Math.max(factor, down));
    }

    /// Brings the area of a size between the limits, in f64.
    ///
    /// @param width of the picture
    /// @param height of the picture
    /// @param across its width in multiples of the factor, before the limits
    /// @param down its height likewise
    Size limited(int width, int height, long across, long down) {
        long area = Math.multiplyExact(across, down);
        double pixels = (double) width * height;
        if (area > maxPixels) {
            double shrink = Math.sqrt(pixels / maxPixels);
            return shrunk(width, height, floor(width / shrink / factor), floor(height / shrink / factor));
        }
        if (area < minPixels) {
            double grow = Math.sqrt(minPixels / pixels);
            return size(width, height, ceil(width * grow / factor), ceil(height * grow / factor), NO_LIMIT);
        }
        return size(width, height, Math.max(factor, across), Math.max(factor, down), maxPixels);
    }

    /// As [#limited], in f32.
    Size limitedInFloat(int width, int height, long across, long down) {
        long area = Math.multiplyExact(across, down);
        float pixels = (float) height * width;
        if (area > maxPixels) {
            float shrink = (float) Math.sqrt(pixels / maxPixels);
            return shrunk(width, height, floor(width / shrink / factor), floor(height / shrink / factor));
        }
        if (area < minPixels) {
            float grow = (float) Math.sqrt(minPixels / pixels);
            return size(width, height, ceil(width * grow / factor), ceil(height * grow / factor), NO_LIMIT);
        }
        return size(width, height, across, down, maxPixels);
    }

    private Size shrunk(int width, int height, long across, long down) {
        return size(width, height, Math.max(factor, across), Math.max(factor, down), maxPixels);
    }

    private static Size size(int width, int height, long across, long down, long limit) {
        if (across > limit / down) {
            throw new ResourceLimitException(
                    "area of a view",
                    width + " x " + height + " pixels, which become " + across + " x " + down + ",",
                    limit + " pixels",
                    "show a part of the picture, or allow more image tokens");
        }
        return new Size((int) across, (int) down);
    }

    private long roundedEven(int side) {
        return (long) Math.rint((double) side / factor) * factor;
    }

    private long floor(double multiples) {
        return (long) Math.floor(multiples) * factor;
    }

    private long ceil(double multiples) {
        return (long) Math.ceil(multiples) * factor;
    }
}
