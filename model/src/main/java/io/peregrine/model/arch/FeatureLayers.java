package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.Weights;
import java.util.Arrays;

/// Which hidden states of a CLIP tower a LLaVA-style projector sees.
///
/// A hidden state is named by its depth: 0 is the input of the first block, `k` the output of block `k - 1`.
/// Files say it in `clip.vision.feature_layer`. Without that key, two conventions exist, told apart by what
/// is stored: the legacy LLaVA converter leaves out the blocks behind the feature (class token, no post-norm:
/// all stored blocks run, unless there are 24 of width 1024, the whole of CLIP ViT-L), the others store one
/// block more than is run.
///
/// @param depths of the hidden states, at least one
/// @param reason why these, for people
record FeatureLayers(int[] depths, String reason) {

    private static final String KEY = "clip.vision.feature_layer";
    private static final int CLIP_L_DIM = 1024;
    private static final int CLIP_L_BLOCKS = 24;

    /// Whether a file says it.
    static boolean areIn(Metadata m) {
        return m.has(KEY);
    }

    /// @param asked the user's choice, or -1
    static FeatureLayers choose(Metadata m, Weights w, VisionKeys keys, int asked) {
        if (asked >= 0) {
            return asked(m, keys, asked);
        }
        int[] stored = m.ints(KEY);
        if (stored != null) {
            for (int depth : stored) {
                if (depth < 0 || depth > keys.blocks()) {
                    throw outOfRange(m, stored, keys.blocks());
                }
            }
            if (stored.length == 0) {
                throw outOfRange(m, stored, keys.blocks());
            }
            return new FeatureLayers(stored.clone(), "by " + KEY);
        }
        boolean legacy = w.has("v.class_embd") && !w.has("v.post_ln.weight");
        boolean wholeClip = keys.dim() == CLIP_L_DIM && keys.blocks() == CLIP_L_BLOCKS;
        if (legacy && !wholeClip) {
            return new FeatureLayers(
                    new int[] {keys.blocks()}, "all stored blocks: a class token, no post-norm and no " + KEY);
        }
        return new FeatureLayers(
                new int[] {keys.blocks() - 1},
                "all stored blocks but the last: "
                        + (wholeClip ? "a whole CLIP ViT-L" : "a post-norm or no class token")
                        + ", and no "
                        + KEY);
    }

    /// For towers that are always run to their end, unless the user says otherwise.
    ///
    /// @param asked the user's choice, or -1
    static FeatureLayers whole(Metadata m, VisionKeys keys, int asked) {
        return asked < 0
                ? new FeatureLayers(new int[] {keys.blocks()}, "all of the tower")
                : asked(m, keys, asked);
    }

    private static FeatureLayers asked(Metadata m, VisionKeys keys, int asked) {
        if (asked > keys.blocks()) {
            throw new ModelFormatException(
                    m.file(),
                    "key clip.vision.block_count",
                    Integer.toString(keys.blocks()),
                    "at least " + asked + ", the feature layer asked for",
                    "ask for a smaller feature layer, or leave the choice to the file");
        }
        return new FeatureLayers(new int[] {asked}, "asked for by the caller");
    }

    private static ModelFormatException outOfRange(Metadata m, int[] found, int blocks) {
        return new ModelFormatException(
                m.file(), "key " + KEY, Arrays.toString(found), "at least one number from 0 to " + blocks, "");
    }

    int deepest() {
        return Arrays.stream(depths).max().orElseThrow();
    }

    /// For the log: `vision: features after block 23 of 24 (why)`.
    String note(VisionKeys keys) {
        String after = Arrays.stream(depths)
                .mapToObj(Integer::toString)
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow();
        return "vision: features after block " + after + " of " + keys.blocks() + " (" + reason + ")";
    }
}
