package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Letterbox;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.image.Size;
import io.peregrine.model.image.SmartResize;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/// How Qwen2-VL, Qwen2.5-VL and Qwen3-VL see a picture: as one view that keeps its shape, each token of which is a square
/// of patches, between two marks.
///
/// Authors stretch it to its size, llama.cpp pads it with black. Limits of the caller go before those of the family.
///
/// Sources: `huggingface/transformers : models/qwen2_vl/image_processing_qwen2_vl_fast.py`;
/// `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`mtmd_image_preprocessor_dyn_size`).
///
/// @param patch side of a patch in pixels
/// @param merge patches on a side of a token's square
/// @param limits of the view's size
record QwenPictures(
        int patch, int merge, SmartResize limits, Preprocess preprocess, Normalisation normalisation) {

    private static final PreparedPicture.Token BEGIN = new PreparedPicture.Token("<|vision_start|>");
    private static final PreparedPicture.Token END = new PreparedPicture.Token("<|vision_end|>");

    private static final int BLACK = 0;
    private static final int LLAMA_MIN_TOKENS = 8;
    private static final int LLAMA_MAX_TOKENS = 4096;

    /// Pixels on a side of a square at most, more than any model has.
    private static final int MAX_SQUARE = 256;

    /// @param minPixels of a view, as the authors have it
    /// @param maxPixels likewise
    static QwenPictures of(
            Metadata m, VisionKeys keys, VisionOptions options, long minPixels, long maxPixels, Consumer<String> notes) {
        String mergeKey = "clip.vision.spatial_merge_size";
        int merge = m.integer(mergeKey, 2, 1, MAX_SQUARE);
        if (keys.patch() * merge > MAX_SQUARE) {
            throw new ModelFormatException(
                    m.file(),
                    "key clip.vision.patch_size",
                    Integer.toString(keys.patch()),
                    "at most " + MAX_SQUARE / merge + " with " + mergeKey + " " + merge,
                    "");
        }
        options.noteOneView(notes);
        int factor = keys.patch() * merge;
        long area = (long) factor * factor;
        SmartResize limits = options.preprocess() == Preprocess.AUTHORS
                ? options.sizes(factor, minPixels, maxPixels)
                : options.sizes(factor, LLAMA_MIN_TOKENS * area, LLAMA_MAX_TOKENS * area);
        return new QwenPictures(
                keys.patch(), merge, limits, options.preprocess(), new Normalisation(keys.mean(), keys.std()));
    }

    /// The texts of the marks.
    static List<String> tokens() {
        return List.of(BEGIN.text(), END.text());
    }

    /// Resizes a picture.
    ///
    /// @param bytes what a view of so many patches takes while it is encoded, beside its pixels
    PreparedPicture prepare(Image image, LongUnaryOperator bytes) {
        Size size = preprocess == Preprocess.AUTHORS
                ? limits.qwen(image.width(), image.height())
                : limits.llamaCpp(image.width(), image.height());
        HeapLimit.check(
                "a picture of " + size.width() + " x " + size.height() + " pixels",
                bytes.applyAsLong(size.area() / patch / patch) + 3L * Float.BYTES * size.area(),
                "allow fewer image tokens, or give the JVM more memory with -Xmx");
        Pixels view = normalisation.apply(
                preprocess == Preprocess.AUTHORS
                        ? image.resized(size.width(), size.height(), Resampling.BICUBIC)
                        : image.letterboxed(
                                size.width(), size.height(), Letterbox.CEIL, BLACK, Resampling.LLAMA_BILINEAR));
        int side = patch * merge;
        return new PreparedPicture(List.of(
                BEGIN, PreparedPicture.Block.placed(view, size.height() / side, size.width() / side), END));
    }
}
