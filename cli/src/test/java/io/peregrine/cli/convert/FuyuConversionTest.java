package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Fuyu as `transformers` publishes it, written from the toy model of the fixtures.
class FuyuConversionTest {

    private final ToyModel text = ToyModel.of("fuyu", "model.gguf");
    private final ToyModel vision = ToyModel.of("fuyu", "mmproj.gguf");

    @TempDir
    private Path folder;

    private Path model(String prefix, String head, String patches) throws Exception {
        Path model = Files.createDirectories(folder.resolve("toy-fuyu"));
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("model_type", "fuyu")
                .put("hidden_size", text.integer("persimmon.embedding_length"))
                .put("intermediate_size", text.integer("persimmon.feed_forward_length"))
                .put("num_hidden_layers", text.integer("persimmon.block_count"))
                .put("num_attention_heads", text.integer("persimmon.attention.head_count"))
                .put("max_position_embeddings", text.integer("persimmon.context_length"))
                .put("layer_norm_eps", text.number("persimmon.attention.layer_norm_epsilon"))
                .put("rope_theta", text.number("persimmon.rope.freq_base"))
                .put("partial_rotary_factor", 0.5)
                .put("qk_layernorm", true)
                .put("hidden_act", "relu2")
                .put("patch_size", vision.integer("clip.vision.patch_size"));
        Files.writeString(model.resolve("config.json"), config.toString());
        Files.writeString(
                model.resolve("preprocessor_config.json"),
                "{\"size\": {\"height\": 40, \"width\": 60}, \"padding_value\": 1.0, \"image_mean\": 0.5,"
                        + " \"image_std\": 0.5}");
        SentencePieceBytes.write(model.resolve("tokenizer.model"), text.metadata(), 1);
        Map<String, Toy> tensors = new LinkedHashMap<>();
        tensors.put(prefix + "embed_tokens.weight", text.get("token_embd.weight"));
        text.move(tensors, "output_norm", prefix + "final_layernorm");
        tensors.put(head, text.get("output.weight"));
        for (int i = 0; i < text.integer("persimmon.block_count"); i++) {
            String from = "blk." + i + ".";
            String to = prefix + "layers." + i + ".";
            text.move(tensors, from + "attn_norm", to + "input_layernorm");
            text.move(tensors, from + "attn_qkv", to + "self_attn.query_key_value");
            text.move(tensors, from + "attn_output", to + "self_attn.dense");
            text.move(tensors, from + "attn_q_norm", to + "self_attn.q_layernorm");
            text.move(tensors, from + "attn_k_norm", to + "self_attn.k_layernorm");
            text.move(tensors, from + "ffn_norm", to + "post_attention_layernorm");
            text.move(tensors, from + "ffn_up", to + "mlp.dense_h_to_4h");
            text.move(tensors, from + "ffn_down", to + "mlp.dense_4h_to_h");
        }
        vision.move(tensors, "v.patch_embd", patches);
        ToyFiles.writeSharded(model, tensors, 2);
        return model;
    }

    private void assertConverted(Path model) throws Exception {
        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        String notes = ToyModel.convert(out, "--from", model.toString(), "--mmproj-out", mm.toString());
        assertEquals("", notes);
        Converted.assertSame(text.path(), out, Set.of());
        Converted.assertSame(vision.path(), mm, Set.of());
        Converted.assertTraces("fuyu", out, mm, "mmproj.gguf");
    }

    @Test
    void transformers() throws Exception {
        assertConverted(model("language_model.model.", "language_model.lm_head.weight", "vision_embed_tokens"));
    }

    @Test
    void transformers_sinceVersion452() throws Exception {
        assertConverted(model("model.language_model.", "lm_head.weight", "model.vision_embed_tokens"));
    }

    @Test
    void halves_areRefused() throws Exception {
        Path model = model("language_model.model.", "language_model.lm_head.weight", "vision_embed_tokens");
        Commands.Result run = Commands.run(
                "convert",
                "--from",
                model.toString(),
                "-o",
                folder.resolve("o.gguf").toString(),
                "--mmproj-out",
                folder.resolve("m.gguf").toString(),
                "--type",
                "f16");
        assertEquals(
                "peregrine: " + model.resolve("config.json")
                        + ": type F16 for Persimmon, whose values halves cannot hold, is not supported; supported:"
                        + " f32, bf16, q8_0\n",
                run.err());
        assertEquals(1, run.exit());
    }
}
