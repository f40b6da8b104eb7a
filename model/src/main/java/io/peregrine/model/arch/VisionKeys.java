package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Shape;
import io.peregrine.kernels.Activation;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Normalisation;
import java.util.Arrays;
import java.util.function.Consumer;

/// The hyper-parameters that every vision tower of a `clip` file has.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/clip-impl.h`.
///
/// @param ffn width between the two layers of a block's feed-forward part
/// @param blocks how many blocks are stored
/// @param mean of each colour, subtracted from pixels of 0..1
/// @param std what the difference is divided by
record VisionKeys(
        int imageSize,
        int patch,
        int dim,
        int ffn,
        int blocks,
        int heads,
        float eps,
        float[] mean,
        float[] std,
        Activation activation) {

    static final int MAX_IMAGE_SIZE = 1 << 14;

    private static final String SCALE = "clip.vision.projector.scale_factor";
    private static final int MAX_SCALE = 64;

    private static final String DIM = "clip.vision.embedding_length";
    private static final String FFN = "clip.vision.feed_forward_length";

    static VisionKeys read(Metadata m) {
        return read(m, m.integer(FFN, 1, Limits.WIDTH));
    }

    /// As [#read(Metadata)], for families of which there are files with 0 instead of the inner width: the first block
    /// then tells it.
    ///
    /// @param notes hears of that
    static VisionKeys read(Metadata m, Weights w, Consumer<String> notes) {
        int stored = m.integer(FFN, 0, Limits.WIDTH);
        if (stored > 0) {
            return read(m, stored);
        }
        String tensor = "v.blk.0.ffn_up.weight";
        Shape shape = w.shape(tensor);
        int dim = m.integer(DIM, 1, Limits.WIDTH);
        long ffn = shape.rank() != 2 ? 0 : shape.rows() == dim ? shape.columns() : shape.rows();
        if (ffn < 1 || ffn > Limits.WIDTH) {
            throw new ModelFormatException(
                    m.file(), "tensor " + tensor, "shape " + shape, "a matrix from or to " + dim + " elements", "");
        }
        notes.accept(m.file() + ": " + FFN + " is 0; " + ffn + " as in " + tensor);
        return read(m, (int) ffn);
    }

    private static VisionKeys read(Metadata m, int ffn) {
        int imageSize = m.integer("clip.vision.image_size", 1, MAX_IMAGE_SIZE);
        int dim = m.integer(DIM, 1, Limits.WIDTH);
        int heads = m.integer("clip.vision.attention.head_count", 1, Limits.HEADS);
        if (dim % heads != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key clip.vision.attention.head_count",
                    Integer.toString(heads),
                    "a divisor of " + DIM + ", which is " + dim,
                    "");
        }
        boolean gelu = m.bool("clip.use_gelu", false);
        boolean silu = m.bool("clip.use_silu", false);
        return new VisionKeys(
                imageSize,
                m.integer("clip.vision.patch_size", 1, imageSize),
                dim,
                ffn,
                m.integer("clip.vision.block_count", 1, Limits.LAYERS),
                heads,
                m.number("clip.vision.attention.layer_norm_epsilon", 0, 1),
                colours(m, "clip.vision.image_mean", -1000, 1000),
                colours(m, "clip.vision.image_std", 1e-6f, 1000),
                gelu ? Activation.GELU_TANH : silu ? Activation.SILU : Activation.GELU_QUICK);
    }

    /// What pixels of 0..1 become, for families that have no tower.
    static Normalisation normalisation(Metadata m) {
        return new Normalisation(
                colours(m, "clip.vision.image_mean", -1000, 1000), colours(m, "clip.vision.image_std", 1e-6f, 1000));
    }

    private static float[] colours(Metadata m, String key, float min, float max) {
        float[] values = m.floats(key);
        if (values == null) {
            throw wrongColours(m, key, "nothing", min, max);
        }
        if (values.length != 3) {
            throw wrongColours(m, key, values.length + " numbers", min, max);
        }
        for (float value : values) {
            if (!(value >= min && value <= max)) {
                throw wrongColours(m, key, Arrays.toString(values), min, max);
            }
        }
        return values;
    }

    private static ModelFormatException wrongColours(Metadata m, String key, String found, float min, float max) {
        return new ModelFormatException(m.file(), "key " + key, found, "three numbers from " + min + " to " + max, "");
    }

    /// The same with the activation that a family has whatever its files say.
    VisionKeys with(Activation other) {
        return new VisionKeys(imageSize, patch, dim, ffn, blocks, heads, eps, mean, std, other);
    }

    /// The same with another number of blocks.
    VisionKeys withBlocks(int other) {
        return new VisionKeys(imageSize, patch, dim, ffn, other, heads, eps, mean, std, activation);
    }

    /// Patches on a side of a square view.
    int grid() {
        return imageSize / patch;
    }

    /// Elements of a head, for towers that turn queries and keys by line and column: a multiple of 4, pairs of each.
    int turnedHead(Metadata m) {
        int headDim = dim / heads;
        if (headDim % 4 != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key clip.vision.attention.head_count",
                    Integer.toString(heads),
                    "heads of a multiple of 4 elements, clip.vision.embedding_length is " + dim,
                    "");
        }
        return headDim;
    }

    /// Patches on a side of a square that becomes one row of a square view, for families that have pixel shuffle.
    int merged(Metadata m) {
        return dividing(m, m.integer(SCALE, 1, MAX_SCALE));
    }

    /// As [#merged(Metadata)], for families whose files may leave it out.
    int merged(Metadata m, int absent) {
        return dividing(m, m.integer(SCALE, absent, 1, MAX_SCALE));
    }

    private int dividing(Metadata m, int scale) {
        if (grid() % scale != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + SCALE,
                    Integer.toString(scale),
                    "a divisor of " + grid() + ", the number of patches on a side of a view",
                    "");
        }
        return scale;
    }

    /// Those of a block.
    BlockKeys block() {
        return new BlockKeys(dim, ffn, heads, eps, activation);
    }
}
