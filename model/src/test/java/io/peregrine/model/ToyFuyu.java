package io.peregrine.model;

/// Small files of the Fuyu kind with random weights: a `persimmon` decoder of 2 layers, width 16 and 2 heads,
/// whose vocabulary has the two tokens that prompts with pictures need, and patches for it.
public final class ToyFuyu {

    public static final int DIM = 16;
    private static final int HEADS = 2;
    private static final int HEAD_DIM = DIM / HEADS;
    private static final int FFN = 24;
    private static final int VOCABULARY = 300;

    private ToyFuyu() {}

    public static ToyFile text(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "persimmon")
                .key("persimmon.block_count", 2)
                .key("persimmon.context_length", 256)
                .key("persimmon.embedding_length", DIM)
                .key("persimmon.feed_forward_length", FFN)
                .key("persimmon.attention.head_count", HEADS)
                .key("persimmon.attention.head_count_kv", HEADS)
                .key("persimmon.attention.layer_norm_epsilon", 1e-5f)
                .key("persimmon.rope.dimension_count", 4)
                .key("persimmon.rope.freq_base", 25000f)
                .vocabulary(VOCABULARY)
                .key("tokenizer.ggml.model", "t5")
                .key("tokenizer.ggml.add_space_prefix", true);
        file.renameToken(VOCABULARY - 1, "|NEWLINE|", 3);
        file.matrix("token_embd.weight", VOCABULARY, DIM);
        norm(file, "output_norm", DIM);
        file.matrix("output.weight", VOCABULARY, DIM);
        for (int i = 0; i < 2; i++) {
            String name = "blk." + i + ".";
            norm(file, name + "attn_norm", DIM);
            norm(file, name + "ffn_norm", DIM);
            norm(file, name + "attn_q_norm", HEAD_DIM);
            norm(file, name + "attn_k_norm", HEAD_DIM);
            linear(file, name + "attn_qkv", 3 * DIM, DIM);
            linear(file, name + "attn_output", DIM, DIM);
            linear(file, name + "ffn_up", FFN, DIM);
            linear(file, name + "ffn_down", DIM, FFN);
        }
        return file;
    }

    /// The same weights with queries, keys and values in tensors of their own.
    public static ToyFile split(ToyFile text) {
        for (int i = 0; i < 2; i++) {
            String name = "blk." + i + ".attn_";
            for (int part = 0; part < 3; part++) {
                String own = name + "qkv".charAt(part);
                linear(text, own, DIM, DIM);
                pick(text.weights(name + "qkv.weight"), part, DIM, text.weights(own + ".weight"));
                pick(text.weights(name + "qkv.bias"), part, 1, text.weights(own + ".bias"));
            }
            text.withoutTensor(name + "qkv.weight").withoutTensor(name + "qkv.bias");
        }
        return text;
    }

    /// Takes part 0, 1 or 2 out of rows `[heads, 3, headDim]` of a width.
    private static void pick(float[] fused, int part, int width, float[] out) {
        for (int row = 0; row < DIM; row++) {
            int from = (row / HEAD_DIM * 3 + part) * HEAD_DIM + row % HEAD_DIM;
            System.arraycopy(fused, from * width, out, row * width, width);
        }
    }

    /// @param patch side of a patch
    public static ToyFile vision(long seed, int patch, int maxWidth, int maxHeight) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "fuyu")
                .key("clip.vision.image_size", maxWidth)
                .key("clip.vision.patch_size", patch)
                .key("clip.vision.embedding_length", DIM)
                .key("clip.vision.feed_forward_length", 0)
                .key("clip.vision.block_count", 0)
                .key("clip.vision.projection_dim", DIM)
                .key("clip.vision.attention.head_count", 0)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-5f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_max_width", maxWidth)
                .key("clip.vision.image_max_height", maxHeight)
                .key("clip.vision.image_pad_value", 1f);
        linear(file, "v.patch_embd", DIM, 3 * patch * patch);
        return file;
    }

    private static void norm(ToyFile file, String name, int width) {
        file.vector(name + ".weight", 1, width).vector(name + ".bias", 0, width);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }
}
