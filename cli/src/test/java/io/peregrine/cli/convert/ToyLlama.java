package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.core.gguf.Metadata;
import java.util.LinkedHashMap;
import java.util.Map;

/// The `llama` text model of a toy fixture brought back to the names, layouts and configuration of `transformers`.
final class ToyLlama {

    private ToyLlama() {}

    static ObjectNode config(Metadata m) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("model_type", "llama")
                .put("num_hidden_layers", m.integer("llama.block_count", 0, 99))
                .put("hidden_size", m.integer("llama.embedding_length", 0, 9999))
                .put("intermediate_size", m.integer("llama.feed_forward_length", 0, 9999))
                .put("num_attention_heads", m.integer("llama.attention.head_count", 0, 99))
                .put("num_key_value_heads", m.integer("llama.attention.head_count_kv", 0, 99))
                .put("max_position_embeddings", m.integer("llama.context_length", 0, 9999))
                .put("rms_norm_eps", m.number("llama.attention.layer_norm_rms_epsilon", 0, 1))
                .put("rope_theta", m.number("llama.rope.freq_base", 0, 1e9f))
                .put("hidden_act", "silu")
                .put("vocab_size", m.integer("llama.vocab_size", 0, 9999))
                .put("tie_word_embeddings", false)
                .putNull("rope_scaling");
        return config;
    }

    /// @param prefix of the layers: `model.`
    /// @param head name of the output matrix
    static Map<String, Toy> tensors(Map<String, Toy> gguf, Metadata m, String prefix, String head) {
        Map<String, Toy> original = new LinkedHashMap<>();
        original.put(prefix + "embed_tokens.weight", gguf.get("token_embd.weight"));
        original.put(prefix + "norm.weight", gguf.get("output_norm.weight"));
        original.put(head, gguf.get("output.weight"));
        int heads = m.integer("llama.attention.head_count", 0, 99);
        int kvHeads = m.integer("llama.attention.head_count_kv", 0, 99);
        for (int i = 0; i < m.integer("llama.block_count", 0, 99); i++) {
            String from = "blk." + i + ".";
            String to = prefix + "layers." + i + ".";
            original.put(to + "input_layernorm.weight", gguf.get(from + "attn_norm.weight"));
            original.put(
                    to + "self_attn.q_proj.weight",
                    gguf.get(from + "attn_q.weight").inHalves(heads));
            original.put(
                    to + "self_attn.k_proj.weight",
                    gguf.get(from + "attn_k.weight").inHalves(kvHeads));
            original.put(to + "self_attn.v_proj.weight", gguf.get(from + "attn_v.weight"));
            original.put(to + "self_attn.o_proj.weight", gguf.get(from + "attn_output.weight"));
            original.put(to + "post_attention_layernorm.weight", gguf.get(from + "ffn_norm.weight"));
            original.put(to + "mlp.gate_proj.weight", gguf.get(from + "ffn_gate.weight"));
            original.put(to + "mlp.up_proj.weight", gguf.get(from + "ffn_up.weight"));
            original.put(to + "mlp.down_proj.weight", gguf.get(from + "ffn_down.weight"));
            original.put(to + "self_attn.rotary_emb.inv_freq", Toy.random(i, 8));
        }
        return original;
    }
}
