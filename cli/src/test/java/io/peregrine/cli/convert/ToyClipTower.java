package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.core.gguf.Metadata;
import java.util.LinkedHashMap;
import java.util.Map;

/// The CLIP tower of a toy fixture brought back to the names of `transformers`.
final class ToyClipTower {

    private static final String[][] BLOCK = {
        {"attn_q", "self_attn.q_proj"},
        {"attn_k", "self_attn.k_proj"},
        {"attn_v", "self_attn.v_proj"},
        {"attn_out", "self_attn.out_proj"},
        {"ln1", "layer_norm1"},
        {"ln2", "layer_norm2"},
        {"ffn_up", "mlp.fc1"},
        {"ffn_down", "mlp.fc2"},
    };

    private ToyClipTower() {}

    /// @param layers how many blocks the model has
    static ObjectNode config(Metadata m, int layers) {
        return new ObjectMapper()
                .createObjectNode()
                .put("model_type", "clip_vision_model")
                .put("hidden_act", "quick_gelu")
                .put("hidden_size", m.integer("clip.vision.embedding_length", 0, 9999))
                .put("intermediate_size", m.integer("clip.vision.feed_forward_length", 0, 9999))
                .put("image_size", m.integer("clip.vision.image_size", 0, 9999))
                .put("patch_size", m.integer("clip.vision.patch_size", 0, 9999))
                .put("num_attention_heads", m.integer("clip.vision.attention.head_count", 0, 99))
                .put("num_hidden_layers", layers)
                .put("layer_norm_eps", m.number("clip.vision.attention.layer_norm_epsilon", 0, 1));
    }

    /// @param layers how many blocks the model has: those that the fixture does not have are random
    static Map<String, Toy> tensors(Map<String, Toy> gguf, String prefix, int layers) {
        Map<String, Toy> original = new LinkedHashMap<>();
        String model = prefix + "vision_model.";
        Toy classToken = gguf.get("v.class_embd");
        original.put(model + "embeddings.class_embedding", classToken);
        original.put(model + "embeddings.patch_embedding.weight", gguf.get("v.patch_embd.weight"));
        original.put(model + "embeddings.position_embedding.weight", gguf.get("v.position_embd.weight"));
        original.put(
                model + "embeddings.position_ids",
                Toy.random(1, 1, gguf.get("v.position_embd.weight").rows()));
        for (String part : new String[] {".weight", ".bias"}) {
            original.put(model + "pre_layrnorm" + part, gguf.get("v.pre_ln" + part));
            original.put(
                    model + "post_layernorm" + part,
                    gguf.getOrDefault("v.post_ln" + part, Toy.random(2, classToken.rows())));
        }
        for (int i = 0; i < layers; i++) {
            boolean known = gguf.containsKey("v.blk." + i + ".ln1.weight");
            block(original, gguf, "v.blk." + (known ? i : 0) + ".", model + "encoder.layers." + i + ".");
        }
        return original;
    }

    static void block(Map<String, Toy> original, Map<String, Toy> gguf, String from, String to) {
        for (String[] names : BLOCK) {
            original.put(to + names[1] + ".weight", gguf.get(from + names[0] + ".weight"));
            original.put(to + names[1] + ".bias", gguf.get(from + names[0] + ".bias"));
        }
    }
}
