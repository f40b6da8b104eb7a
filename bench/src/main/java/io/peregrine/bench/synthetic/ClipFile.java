package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.TensorType;

/// Keys and tensors of an mmproj file: a CLIP tower and an MLP projector, as LLaVA 1.5 has them.
///
/// The patch kernel is F16 where the matrices are quantised or BF16, since its rows are no multiple of a
/// block and llama.cpp convolves with F16 or F32 only.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/clip-impl.h, tools/mtmd/models/llava.cpp`.
final class ClipFile {

    private ClipFile() {}

    static void describe(Preset d, Quantization q, SyntheticFile file) {
        int width = d.get("width");
        int patch = d.get("patch");
        int grid = d.get("image") / patch;
        int layers = d.get("layers");
        if (grid == 0) {
            throw new UsageException("option --patch: found " + patch + ", expected at most --image " + d.get("image"));
        }
        if (width % d.get("heads") != 0) {
            throw new UsageException(
                    "option --heads: found " + d.get("heads") + ", expected a divisor of --width " + width);
        }
        if (d.get("feature-layer") > layers) {
            throw new UsageException("option --feature-layer: found " + d.get("feature-layer")
                    + ", expected at most --layers " + layers);
        }
        putKeys(d, q, file.keys());
        TensorType kernel = q.base() == TensorType.F32 ? TensorType.F32 : TensorType.F16;
        file.vector("v.class_embd", 0, width);
        file.tensor("v.patch_embd.weight", kernel, 1 / Math.sqrt(3.0 * patch * patch), width, 3, patch, patch);
        file.tensor("v.position_embd.weight", TensorType.F32, 0.02, 1 + (long) grid * grid, width);
        norm(file, "v.pre_ln", width);
        for (int i = 0; i < layers; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1", width);
            for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
                linear(file, name + part, q.base(), width, width);
            }
            norm(file, name + "ln2", width);
            linear(file, name + "ffn_up", q.base(), d.get("ffn"), width);
            linear(file, name + "ffn_down", q.base(), width, d.get("ffn"));
        }
        linear(file, "mm.0", q.base(), d.get("projection"), width);
        linear(file, "mm.2", q.base(), d.get("projection"), d.get("projection"));
    }

    private static void norm(SyntheticFile file, String name, int width) {
        file.vector(name + ".weight", 1, width).vector(name + ".bias", 0, width);
    }

    private static void linear(SyntheticFile file, String name, TensorType type, int rows, int columns) {
        file.matrix(name + ".weight", type, rows, columns).vector(name + ".bias", 0, rows);
    }

    private static void putKeys(Preset d, Quantization q, GgufWriter keys) {
        keys.string("general.architecture", "clip")
                .string("general.type", "mmproj")
                .uint32("general.file_type", q.fileType())
                .uint32("general.quantization_version", 2)
                .bool("clip.has_vision_encoder", true)
                .string("clip.projector_type", "mlp")
                .bool("clip.use_gelu", false)
                .uint32("clip.vision.image_size", d.get("image"))
                .uint32("clip.vision.patch_size", d.get("patch"))
                .uint32("clip.vision.embedding_length", d.get("width"))
                .uint32("clip.vision.feed_forward_length", d.get("ffn"))
                .uint32("clip.vision.block_count", d.get("layers"))
                .uint32("clip.vision.projection_dim", d.get("projection"))
                .uint32("clip.vision.attention.head_count", d.get("heads"))
                .float32("clip.vision.attention.layer_norm_epsilon", 1e-5f)
                .int32s("clip.vision.feature_layer", d.get("feature-layer"))
                .float32s("clip.vision.image_mean", 0.48145466f, 0.4578275f, 0.40821073f)
                .float32s("clip.vision.image_std", 0.26862954f, 0.26130258f, 0.27577711f);
    }
}
