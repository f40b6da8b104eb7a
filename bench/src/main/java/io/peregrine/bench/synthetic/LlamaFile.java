package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.TensorType;

/// Keys and tensors of the `llama` architecture.
///
/// Source: `ggml-org/llama.cpp : src/models/llama.cpp`.
final class LlamaFile {

    private LlamaFile() {}

    static void describe(Preset d, Quantization q, SyntheticFile file) {
        int layers = d.get("layers");
        int width = d.get("width");
        int ffn = d.get("ffn");
        int queries = Math.multiplyExact(d.get("heads"), d.get("head-dim"));
        int keys = Math.multiplyExact(d.get("kv-heads"), d.get("head-dim"));
        if (d.get("heads") % d.get("kv-heads") != 0) {
            throw new UsageException("option --kv-heads: found " + d.get("kv-heads") + ", expected a divisor of the "
                    + d.get("heads") + " heads");
        }
        putKeys(d, q, file.keys());
        Vocabulary.put(file.keys(), d.get("vocab"));
        boolean tied = d.get("tied") != 0;
        file.matrix("token_embd.weight", tied ? q.output() : q.base(), d.get("vocab"), width);
        file.vector("output_norm.weight", 1, width);
        if (!tied) {
            file.matrix("output.weight", q.output(), d.get("vocab"), width);
        }
        for (int i = 0; i < layers; i++) {
            String name = "blk." + i + ".";
            TensorType sensitive = q.sensitive(i, layers);
            file.vector(name + "attn_norm.weight", 1, width)
                    .matrix(name + "attn_q.weight", q.base(), queries, width)
                    .matrix(name + "attn_k.weight", q.base(), keys, width)
                    .matrix(name + "attn_v.weight", sensitive, keys, width)
                    .matrix(name + "attn_output.weight", q.base(), width, queries)
                    .vector(name + "ffn_norm.weight", 1, width)
                    .matrix(name + "ffn_gate.weight", q.base(), ffn, width)
                    .matrix(name + "ffn_up.weight", q.base(), ffn, width)
                    .matrix(name + "ffn_down.weight", sensitive, width, ffn);
        }
    }

    private static void putKeys(Preset d, Quantization q, GgufWriter keys) {
        keys.string("general.architecture", "llama")
                .uint32("general.file_type", q.fileType())
                .uint32("general.quantization_version", 2)
                .uint32("llama.block_count", d.get("layers"))
                .uint32("llama.context_length", d.get("context"))
                .uint32("llama.embedding_length", d.get("width"))
                .uint32("llama.feed_forward_length", d.get("ffn"))
                .uint32("llama.attention.head_count", d.get("heads"))
                .uint32("llama.attention.head_count_kv", d.get("kv-heads"))
                .uint32("llama.attention.key_length", d.get("head-dim"))
                .uint32("llama.attention.value_length", d.get("head-dim"))
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .uint32("llama.rope.dimension_count", d.get("head-dim"))
                .float32("llama.rope.freq_base", d.get("rope-base"))
                .uint32("llama.vocab_size", d.get("vocab"));
    }
}
