package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.TensorType;
import java.util.List;
import java.util.Set;

/// Keys and tensors of a text model.
///
/// Source: `ggml-org/llama.cpp : src/llama-arch.cpp, src/models`.
///
/// @param architecture as in `general.architecture`
/// @param marks special tokens of its vocabulary beside the usual ones
record TextFile(String architecture, Set<Trait> traits, List<String> marks) implements Preset.Architecture {

    /// What an architecture has beside the tensors of `llama`.
    enum Trait {
        /// Biases of queries, keys and values.
        INPUT_BIASES,
        /// Norms of each head's queries and keys.
        HEAD_NORMS,
        /// Norms behind attention and feed-forward part.
        POST_NORMS,
        /// LayerNorms, biases everywhere, one norm for both parts of a layer, and no gate.
        PARALLEL,
        /// Short convolutions in place of attention in most layers.
        CONVOLUTIONS,
        /// Three positions for each row.
        AXES,
        /// Parts of the rows of pictures are added to the first layers.
        DEEPSTACK,
        /// Windows in most layers.
        WINDOWS
    }

    /// Layers of LFM2 that attend; the others are convolutions.
    private static final Set<Integer> ATTENDING = Set.of(2, 5, 8, 10, 12, 14);

    private static final int CONVOLUTION = 3;

    @Override
    public void describe(Preset d, Quantization q, SyntheticFile file) {
        if (d.get("heads") % d.get("kv-heads") != 0) {
            throw new UsageException("option --kv-heads: found " + d.get("kv-heads") + ", expected a divisor of the "
                    + d.get("heads") + " heads");
        }
        putKeys(d, q, file.keys());
        Vocabulary.put(file.keys(), d.get("vocab"), marks);
        int width = d.get("width");
        boolean tied = d.get("tied") != 0;
        file.matrix("token_embd.weight", tied ? q.output() : q.base(), d.get("vocab"), width);
        norm(file, has(Trait.CONVOLUTIONS) ? "token_embd_norm" : "output_norm", width);
        if (!tied) {
            file.matrix("output.weight", q.output(), d.get("vocab"), width);
            bias(file, has(Trait.PARALLEL), "output", d.get("vocab"));
        }
        for (int i = 0; i < d.get("layers"); i++) {
            String name = "blk." + i + ".";
            norm(file, name + "attn_norm", width);
            if (attends(i)) {
                attention(d, q, file, name, i);
            } else {
                convolution(q, file, name, width);
            }
            feedForward(d, q, file, name, i);
        }
    }

    private boolean has(Trait trait) {
        return traits.contains(trait);
    }

    private boolean attends(int layer) {
        return !has(Trait.CONVOLUTIONS) || ATTENDING.contains(layer);
    }

    private void attention(Preset d, Quantization q, SyntheticFile file, String name, int layer) {
        int width = d.get("width");
        int queries = Math.multiplyExact(d.get("heads"), d.get("head-dim"));
        int keys = Math.multiplyExact(d.get("kv-heads"), d.get("head-dim"));
        boolean biased = has(Trait.INPUT_BIASES) || has(Trait.PARALLEL);
        file.matrix(name + "attn_q.weight", q.base(), queries, width);
        bias(file, biased, name + "attn_q", queries);
        file.matrix(name + "attn_k.weight", q.base(), keys, width);
        bias(file, biased, name + "attn_k", keys);
        file.matrix(name + "attn_v.weight", q.sensitive(layer, d.get("layers")), keys, width);
        bias(file, biased, name + "attn_v", keys);
        file.matrix(name + "attn_output.weight", q.base(), width, queries);
        bias(file, has(Trait.PARALLEL), name + "attn_output", width);
        if (has(Trait.HEAD_NORMS)) {
            file.vector(name + "attn_q_norm.weight", 1, d.get("head-dim"));
            file.vector(name + "attn_k_norm.weight", 1, d.get("head-dim"));
        }
        if (has(Trait.POST_NORMS)) {
            file.vector(name + "post_attention_norm.weight", 1, width);
        }
    }

    private static void convolution(Quantization q, SyntheticFile file, String name, int width) {
        file.matrix(name + "shortconv.conv.weight", TensorType.F32, width, CONVOLUTION);
        file.matrix(name + "shortconv.in_proj.weight", q.base(), 3L * width, width);
        file.matrix(name + "shortconv.out_proj.weight", q.base(), width, width);
    }

    private void feedForward(Preset d, Quantization q, SyntheticFile file, String name, int layer) {
        int width = d.get("width");
        int ffn = d.get("ffn");
        if (!has(Trait.PARALLEL)) {
            file.vector(name + "ffn_norm.weight", 1, width);
            file.matrix(name + "ffn_gate.weight", q.base(), ffn, width);
        }
        file.matrix(name + "ffn_up.weight", q.base(), ffn, width);
        bias(file, has(Trait.PARALLEL), name + "ffn_up", ffn);
        file.matrix(name + "ffn_down.weight", q.sensitive(layer, d.get("layers")), width, ffn);
        bias(file, has(Trait.PARALLEL), name + "ffn_down", width);
        if (has(Trait.POST_NORMS)) {
            file.vector(name + "post_ffw_norm.weight", 1, width);
        }
    }

    private void norm(SyntheticFile file, String name, int width) {
        file.vector(name + ".weight", 1, width);
        bias(file, has(Trait.PARALLEL), name, width);
    }

    private static void bias(SyntheticFile file, boolean biased, String name, int length) {
        if (biased) {
            file.vector(name + ".bias", 0, length);
        }
    }

    private void putKeys(Preset d, Quantization q, GgufWriter keys) {
        String a = architecture;
        int headDim = d.get("head-dim");
        int layers = d.get("layers");
        keys.string("general.architecture", a)
                .uint32("general.file_type", q.fileType())
                .uint32("general.quantization_version", 2)
                .uint32(a + ".block_count", layers)
                .uint32(a + ".context_length", d.get("context"))
                .uint32(a + ".embedding_length", d.get("width"))
                .uint32(a + ".feed_forward_length", d.get("ffn"))
                .uint32(a + ".attention.head_count", d.get("heads"))
                .uint32(a + ".attention.key_length", headDim)
                .uint32(a + ".attention.value_length", headDim)
                .float32(a + (has(Trait.PARALLEL) ? ".attention.layer_norm_epsilon" : ".attention.layer_norm_rms_epsilon"), 1e-5f)
                .uint32(a + ".rope.dimension_count", has(Trait.PARALLEL) ? headDim / 2 : headDim)
                .float32(a + ".rope.freq_base", d.get("rope-base"))
                .uint32(a + ".vocab_size", d.get("vocab"));
        if (has(Trait.CONVOLUTIONS)) {
            int[] kvHeads = new int[layers];
            for (int i = 0; i < layers; i++) {
                kvHeads[i] = attends(i) ? d.get("kv-heads") : 0;
            }
            keys.int32s(a + ".attention.head_count_kv", kvHeads).uint32(a + ".shortconv.l_cache", CONVOLUTION);
        } else {
            keys.uint32(a + ".attention.head_count_kv", d.get("kv-heads"));
        }
        if (has(Trait.AXES)) {
            int side = headDim / 2 / 8 * 3;
            keys.int32s(a + ".rope.dimension_sections", headDim / 2 - 2 * side, side, side, 0);
        }
        if (has(Trait.DEEPSTACK)) {
            keys.uint32(a + ".n_deepstack_layers", TowerFile.DEEPSTACK);
        }
        if (has(Trait.WINDOWS)) {
            keys.uint32(a + ".attention.sliding_window", 1024);
        }
    }
}
