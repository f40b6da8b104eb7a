package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.TensorType;
import java.util.Set;

/// Keys and tensors of an mmproj file: a tower and a projector.
///
/// The patch kernel is F16 where the matrices are quantised or BF16, since its rows are no multiple of a
/// block and llama.cpp convolves with F16 or F32 only. Matrices whose rows are no whole number of blocks are F16, too.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/clip-impl.h, tools/mtmd/models`.
///
/// @param projector as in `clip.projector_type`
record TowerFile(String projector, Set<Trait> traits) implements Preset.Architecture {

    /// Blocks of Qwen3-VL's towers whose rows go to later layers of the decoder.
    static final int DEEPSTACK = 3;

    /// What a tower has or leaves out.
    enum Trait {
        /// A class token.
        CLASS_TOKEN,
        /// A bias of the patches.
        PATCH_BIAS,
        /// A second kernel of patches.
        PAIRS,
        /// No learned places.
        NO_PLACES,
        /// A norm in front of the blocks.
        PRE_NORM,
        /// A norm behind them.
        POST_NORM,
        /// RMSNorms.
        RMS,
        /// Gates of the feed-forward parts.
        GATES,
        /// No biases.
        NO_BIASES,
        /// Queries, keys and values in one matrix.
        FUSED,
        /// Factors of what is added.
        LAYER_SCALE,
        /// GELU, instead of the quick one.
        GELU,
        /// SiLU.
        SILU,
        /// Pictures of -1 to 1, instead of CLIP's colours.
        PLAIN_COLOURS
    }

    @Override
    public void describe(Preset d, Quantization q, SyntheticFile file) {
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
        if (d.has("feature-layer") && d.get("feature-layer") > layers) {
            throw new UsageException("option --feature-layer: found " + d.get("feature-layer")
                    + ", expected at most --layers " + layers);
        }
        putKeys(d, q, file.keys());
        TensorType kernel = q.base() == TensorType.F32 ? TensorType.F32 : TensorType.F16;
        double deviation = 1 / Math.sqrt(3.0 * patch * patch);
        if (has(Trait.CLASS_TOKEN)) {
            file.vector("v.class_embd", 0, width);
        }
        file.tensor("v.patch_embd.weight", kernel, deviation, width, 3, patch, patch);
        if (has(Trait.PAIRS)) {
            file.tensor("v.patch_embd.weight.1", kernel, deviation, width, 3, patch, patch);
        }
        if (has(Trait.PATCH_BIAS)) {
            file.vector("v.patch_embd.bias", 0, width);
        }
        if (!has(Trait.NO_PLACES)) {
            long places = d.has("places") ? d.get("places") : (has(Trait.CLASS_TOKEN) ? 1 : 0) + (long) grid * grid;
            file.tensor("v.position_embd.weight", TensorType.F32, 0.02, places, width);
        }
        if (has(Trait.PRE_NORM)) {
            norm(file, "v.pre_ln", width);
        }
        for (int i = 0; i < layers; i++) {
            block(d, q, file, "v.blk." + i + ".");
        }
        if (has(Trait.POST_NORM)) {
            norm(file, "v.post_ln", width);
        }
        project(d, q, file);
    }

    private boolean has(Trait trait) {
        return traits.contains(trait);
    }

    private void block(Preset d, Quantization q, SyntheticFile file, String name) {
        int width = d.get("width");
        norm(file, name + "ln1", width);
        if (has(Trait.FUSED)) {
            linear(file, name + "attn_qkv", q.base(), 3 * width, width);
        } else {
            linear(file, name + "attn_q", q.base(), width, width);
            linear(file, name + "attn_k", q.base(), width, width);
            linear(file, name + "attn_v", q.base(), width, width);
        }
        linear(file, name + "attn_out", q.base(), width, width);
        norm(file, name + "ln2", width);
        if (has(Trait.GATES)) {
            linear(file, name + "ffn_gate", q.base(), d.get("ffn"), width);
        }
        linear(file, name + "ffn_up", q.base(), d.get("ffn"), width);
        linear(file, name + "ffn_down", q.base(), width, d.get("ffn"));
        if (has(Trait.LAYER_SCALE)) {
            file.vector(name + "ls1.weight", 1, width).vector(name + "ls2.weight", 1, width);
        }
    }

    private void project(Preset d, Quantization q, SyntheticFile file) {
        int width = d.get("width");
        int out = d.get("projection");
        int merged = d.has("merge") ? Math.multiplyExact(d.get("merge") * d.get("merge"), width) : width;
        switch (projector) {
            case "mlp" -> twoLayers(file, q, "mm.0", "mm.2", width, d.has("hidden") ? d.get("hidden") : out, out);
            case "idefics3" -> file.matrix("mm.model.fc.weight", q.base(), out, merged);
            case "gemma3" -> {
                file.vector("mm.soft_emb_norm.weight", 1, width);
                file.matrix("mm.input_projection.weight", TensorType.F16, width, out);
            }
            case "qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger" -> {
                twoLayers(file, q, "mm.0", "mm.2", merged, merged, out);
                for (int i = 0; projector.equals("qwen3vl_merger") && i < DEEPSTACK; i++) {
                    String name = "v.deepstack." + deepstackBlock(d, i) + ".";
                    norm(file, name + "norm", merged);
                    twoLayers(file, q, name + "fc1", name + "fc2", merged, merged, out);
                }
            }
            case "internvl" -> {
                norm(file, "mm.model.mlp.0", merged);
                twoLayers(file, q, "mm.model.mlp.1", "mm.model.mlp.3", merged, out, out);
            }
            case "lfm2" -> {
                norm(file, "mm.input_norm", merged);
                twoLayers(file, q, "mm.1", "mm.2", merged, d.get("hidden"), out);
            }
            case "pixtral", "lightonocr" -> {
                if (d.get("merge") > 1) {
                    file.vector("mm.input_norm.weight", 1, width);
                    file.matrix("mm.patch_merger.weight", q.base(), width, merged);
                }
                twoLayers(file, q, "mm.1", "mm.2", width, out, out);
                if (projector.equals("pixtral")) {
                    if (d.get("merge") == 1) {
                        file.vector("mm.1.bias", 0, out).vector("mm.2.bias", 0, out);
                    }
                    file.vector("v.token_embd.img_break", 0, out);
                }
            }
            case "resampler" -> resampler(d, q, file, width, out);
            default -> throw new IllegalStateException(projector);
        }
    }

    private void resampler(Preset d, Quantization q, SyntheticFile file, int width, int out) {
        file.tensor("resampler.query", TensorType.F32, 0.02, d.get("queries"), out);
        file.matrix("resampler.kv.weight", q.base(), out, width);
        for (String part : new String[] {"attn.q", "attn.k", "attn.v", "attn.out"}) {
            linear(file, "resampler." + part, q.base(), out, out);
        }
        for (String part : new String[] {"ln_q", "ln_kv", "ln_post"}) {
            norm(file, "resampler." + part, out);
        }
        file.matrix("resampler.proj.weight", q.base(), out, out);
    }

    private void twoLayers(SyntheticFile file, Quantization q, String first, String second, int in, int hidden, int out) {
        linear(file, first, q.base(), hidden, in);
        linear(file, second, q.base(), out, hidden);
    }

    private void norm(SyntheticFile file, String name, int width) {
        file.vector(name + ".weight", 1, width);
        if (!has(Trait.RMS)) {
            file.vector(name + ".bias", 0, width);
        }
    }

    private void linear(SyntheticFile file, String name, TensorType type, int rows, int columns) {
        file.matrix(name + ".weight", columns % type.blockElements() == 0 ? type : TensorType.F16, rows, columns);
        if (!has(Trait.NO_BIASES)) {
            file.vector(name + ".bias", 0, rows);
        }
    }

    /// The block behind which the rows of a deepstack layer are taken.
    private static int deepstackBlock(Preset d, int layer) {
        return (layer + 1) * d.get("layers") / (DEEPSTACK + 1) - 1;
    }

    private void putKeys(Preset d, Quantization q, GgufWriter keys) {
        keys.string("general.architecture", "clip")
                .string("general.type", "mmproj")
                .uint32("general.file_type", q.fileType())
                .uint32("general.quantization_version", 2)
                .bool("clip.has_vision_encoder", true)
                .string("clip.projector_type", projector)
                .bool("clip.use_gelu", has(Trait.GELU))
                .bool("clip.use_silu", has(Trait.SILU))
                .uint32("clip.vision.image_size", d.get("image"))
                .uint32("clip.vision.patch_size", d.get("patch"))
                .uint32("clip.vision.embedding_length", d.get("width"))
                .uint32("clip.vision.feed_forward_length", d.get("ffn"))
                .uint32("clip.vision.block_count", d.get("layers"))
                .uint32("clip.vision.projection_dim", d.get("projection"))
                .uint32("clip.vision.attention.head_count", d.get("heads"))
                .float32("clip.vision.attention.layer_norm_epsilon", 1e-5f);
        if (has(Trait.PLAIN_COLOURS)) {
            keys.float32s("clip.vision.image_mean", 0.5f, 0.5f, 0.5f).float32s("clip.vision.image_std", 0.5f, 0.5f, 0.5f);
        } else {
            keys.float32s("clip.vision.image_mean", 0.48145466f, 0.4578275f, 0.40821073f)
                    .float32s("clip.vision.image_std", 0.26862954f, 0.26130258f, 0.27577711f);
        }
        if (d.has("feature-layer")) {
            keys.int32s("clip.vision.feature_layer", d.get("feature-layer"));
        }
        if (d.has("merge")) {
            keys.uint32("clip.vision.projector.scale_factor", d.get("merge"))
                    .uint32("clip.vision.spatial_merge_size", d.get("merge"));
        }
        if (d.has("pool")) {
            keys.uint32("clip.vision.projector.scale_factor", d.get("pool"));
        }
        if (d.has("edge")) {
            keys.uint32("clip.vision.preproc_image_size", d.get("edge"));
        }
        switch (projector) {
            case "qwen2.5vl_merger" -> keys.uint32("clip.vision.n_wa_pattern", 8);
            case "qwen3vl_merger" -> {
                boolean[] flags = new boolean[d.get("layers")];
                for (int i = 0; i < DEEPSTACK; i++) {
                    flags[deepstackBlock(d, i)] = true;
                }
                keys.putArray("clip.vision.is_deepstack_layers", GgufType.BOOL, flags);
            }
            case "internvl" ->
                keys.uint32("clip.vision.preproc_min_tiles", 1).uint32("clip.vision.preproc_max_tiles", 12);
            case "resampler" ->
                keys.uint32("clip.minicpmv_version", 3).uint32("clip.minicpmv_query_num", d.get("queries"));
            default -> {}
        }
    }
}
