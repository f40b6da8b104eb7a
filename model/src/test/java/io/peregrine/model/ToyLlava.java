package io.peregrine.model;

/// Small vision files of the LLaVA-1.5 kind with random weights: 2 blocks, width 16, patches of 4, pictures
/// of 8 by 8.
public final class ToyLlava {

    /// Rows of a picture.
    public static final int TOKENS = 4;

    private ToyLlava() {}

    /// @param out width of the decoder that it is for
    public static ToyFile file(long seed, int out) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "mlp")
                .key("clip.use_gelu", false)
                .key("clip.vision.image_size", 8)
                .key("clip.vision.patch_size", 4)
                .key("clip.vision.embedding_length", 16)
                .key("clip.vision.feed_forward_length", 24)
                .key("clip.vision.block_count", 2)
                .key("clip.vision.projection_dim", out)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-5f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .vector("v.class_embd", 0, 16)
                .tensor("v.patch_embd.weight", 0, 1, 16, 3, 4, 4)
                .matrix("v.position_embd.weight", 1 + TOKENS, 16);
        norm(file, "v.pre_ln");
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1");
            norm(file, name + "ln2");
            for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
                linear(file, name + part, 16, 16);
            }
            linear(file, name + "ffn_up", 24, 16);
            linear(file, name + "ffn_down", 16, 24);
        }
        linear(file, "mm.0", out, 16);
        linear(file, "mm.2", out, out);
        return file;
    }

    private static void norm(ToyFile file, String name) {
        file.vector(name + ".weight", 1, 16).vector(name + ".bias", 0, 16);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }
}
