package io.peregrine.model;

import java.util.List;

/// Small vision files of MiniGPT-4 and MiniGPT-v2 with random weights: 2 blocks of width 16, patches of 4,
/// pictures of 12 by 12 with 9 patches.
public final class ToyMiniGpt {

    /// Patches of a picture.
    public static final int PATCHES = 9;

    /// Rows of a picture of MiniGPT-4.
    public static final int QUERIES = 5;

    private static final int DIM = 16;
    private static final int QUERY_DIM = 12;

    private ToyMiniGpt() {}

    /// A tower, and a Q-Former of three layers, the first and the third of which cross.
    ///
    /// @param out width of the decoder that it is for
    public static ToyFile qformer(long seed, int out) {
        ToyFile file = tower(seed)
                .key("clip.projector_type", "blip2_qformer")
                .key("clip.vision.projector.head_count", 3)
                .key("clip.vision.projector.layer_norm_epsilon", 1e-12f)
                .key("clip.vision.projector.query_count", QUERIES)
                .key("clip.vision.projector.cross_attention_interval", 2)
                .tensor("v.proj_query", 0, 4, QUERIES, QUERY_DIM);
        norm(file, "v.proj_norm", QUERY_DIM);
        for (int i = 0; i < 3; i++) {
            String name = "v.proj_blk." + i + ".";
            attention(file, name + "self_attn_", QUERY_DIM);
            if (i % 2 == 0) {
                attention(file, name + "cross_attn_", DIM);
            }
            linear(file, name + "ffn_up", 20, QUERY_DIM);
            linear(file, name + "ffn_down", QUERY_DIM, 20);
            norm(file, name + "ffn_norm", QUERY_DIM);
        }
        linear(file, "v.proj_linear", out, QUERY_DIM);
        return file;
    }

    /// A tower, and a projector of three patches.
    ///
    /// @param out width of the decoder that it is for
    public static ToyFile stacked(long seed, int out) {
        ToyFile file = tower(seed)
                .key("clip.projector_type", "minigpt_v2")
                .key("clip.vision.projector.stack_factor", 3);
        linear(file, "mm.0", out, 3 * DIM);
        return file;
    }

    /// A file of [#qformer] without all tensors of the second layer.
    public static ToyFile withoutSecondLayer(ToyFile file) {
        for (String part : List.of("self_attn_q", "self_attn_k", "self_attn_v", "self_attn_out", "self_attn_norm",
                "ffn_up", "ffn_down", "ffn_norm")) {
            file.withoutTensor("v.proj_blk.1." + part + ".weight");
            file.withoutTensor("v.proj_blk.1." + part + ".bias");
        }
        return file;
    }

    private static ToyFile tower(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", 12)
                .key("clip.vision.patch_size", 4)
                .key("clip.vision.embedding_length", DIM)
                .key("clip.vision.feed_forward_length", 24)
                .key("clip.vision.block_count", 2)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.post_layer_norm_epsilon", 1e-5f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .vector("v.class_embd", 0, DIM)
                .tensor("v.patch_embd.weight", 0, 1, DIM, 3, 4, 4)
                .vector("v.patch_embd.bias", 0, DIM)
                .matrix("v.position_embd.weight", 1 + PATCHES, DIM);
        norm(file, "v.post_ln", DIM);
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1", DIM);
            norm(file, name + "ln2", DIM);
            linear(file, name + "attn_qkv", 3 * DIM, DIM);
            linear(file, name + "attn_out", DIM, DIM);
            linear(file, name + "ffn_up", 24, DIM);
            linear(file, name + "ffn_down", DIM, 24);
        }
        return file;
    }

    private static void attention(ToyFile file, String prefix, int memoryDim) {
        linear(file, prefix + "q", QUERY_DIM, QUERY_DIM);
        linear(file, prefix + "k", QUERY_DIM, memoryDim);
        linear(file, prefix + "v", QUERY_DIM, memoryDim);
        linear(file, prefix + "out", QUERY_DIM, QUERY_DIM);
        norm(file, prefix + "norm", QUERY_DIM);
    }

    private static void norm(ToyFile file, String name, int dim) {
        file.vector(name + ".weight", 1, dim).vector(name + ".bias", 0, dim);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }
}
