package io.peregrine.model;

/// Small vision files of Osprey with random weights: two stages of 1 and 2 blocks with kernels of 7 and 3, patches of
/// 2, pictures of 16 by 16, tokens from the second stage.
public final class ToyOsprey {

    /// Rows of a picture.
    public static final int TOKENS = 16;

    private static final int[] DEPTHS = {1, 2};
    private static final int[] WIDTHS = {6, 8};
    private static final int INNER = 5;
    private static final int MASK_SIZE = 4;

    private ToyOsprey() {}

    /// @param out width of the decoder that it is for
    public static ToyFile file(long seed, int out) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.projector_type", "osprey")
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", 16)
                .key("clip.vision.patch_size", 2)
                .key("clip.vision.embedding_length", 8)
                .key("clip.vision.feed_forward_length", 32)
                .key("clip.vision.block_count", 3)
                .key("clip.vision.attention.head_count", 1)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.stage.block_count", DEPTHS)
                .key("clip.vision.stage.embedding_length", WIDTHS)
                .key("clip.vision.token_stage", 1)
                .key("clip.vision.region.mask_size", MASK_SIZE)
                .tensor("v.patch_embd.weight", 0, 1, 6, 3, 2, 2)
                .vector("v.patch_embd.bias", 0, 6);
        norm(file, "v.patch_ln", 6);
        for (int s = 0; s < DEPTHS.length; s++) {
            int width = WIDTHS[s];
            String stage = "v.stage." + s + ".";
            if (s > 0) {
                norm(file, stage + "down.ln", WIDTHS[s - 1]);
                file.tensor(stage + "down.conv.weight", 0, 1, width, WIDTHS[s - 1], 2, 2)
                        .vector(stage + "down.conv.bias", 0, width);
            }
            int kernel = s == 0 ? 7 : 3;
            for (int b = 0; b < DEPTHS[s]; b++) {
                String name = stage + "blk." + b + ".";
                file.tensor(name + "dw.weight", 0, 1, width, 1, kernel, kernel).vector(name + "dw.bias", 0, width);
                norm(file, name + "ln", width);
                linear(file, name + "pw1", 4 * width, width);
                linear(file, name + "pw2", width, 4 * width);
                file.vector(name + "ls.weight", 1, width);
            }
            linear(file, "mm.region.level." + s, INNER, width);
        }
        linear(file, "mm.0", out, 8);
        linear(file, "mm.2", out, out);
        linear(file, "mm.region.feat", out, INNER);
        linear(file, "mm.region.pos.0", 7, MASK_SIZE * MASK_SIZE);
        linear(file, "mm.region.pos.1", 9, 7);
        linear(file, "mm.region.pos.2", out, 9);
        return file;
    }

    private static void norm(ToyFile file, String name, int dim) {
        file.vector(name + ".weight", 1, dim).vector(name + ".bias", 0, dim);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }
}
