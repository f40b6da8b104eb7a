package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.core.gguf.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Qwen-VL in its own layout, written from the toy model of the fixtures.
class QwenVlConversionTest {

    private final ToyModel text = ToyModel.of("qwen_vl", "model.gguf");
    private final ToyModel vision = ToyModel.of("qwen_vl", "mmproj.gguf");

    @TempDir
    private Path folder;

    private ObjectNode config() {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("model_type", "qwen")
                .put("hidden_size", text.integer("qwen.embedding_length"))
                .put("intermediate_size", text.integer("qwen.feed_forward_length"))
                .put("num_hidden_layers", text.integer("qwen.block_count"))
                .put("num_attention_heads", text.integer("qwen.attention.head_count"))
                .put("kv_channels", text.integer("qwen.rope.dimension_count"))
                .put("max_position_embeddings", text.integer("qwen.context_length"))
                .put("seq_length", text.integer("qwen.rope.train_length"))
                .put("layer_norm_epsilon", text.number("qwen.attention.layer_norm_rms_epsilon"))
                .put("rotary_emb_base", text.number("qwen.rope.freq_base"))
                .put("use_dynamic_ntk", true)
                .put("use_logn_attn", true);
        config.putObject("visual")
                .put("width", vision.integer("clip.vision.embedding_length"))
                .put("layers", vision.integer("clip.vision.block_count"))
                .put("heads", vision.integer("clip.vision.attention.head_count"))
                .put("patch_size", vision.integer("clip.vision.patch_size"))
                .put("image_size", vision.integer("clip.vision.image_size"))
                .put("output_dim", vision.integer("clip.vision.projection_dim"));
        return config;
    }

    /// The bytes that byte-level tokens spell, by the inverse of GPT-2's table, made anew here.
    private static byte[] spelled(String token) {
        Map<Integer, Integer> bytes = new HashMap<>();
        int next = 256;
        for (int value = 0; value < 256; value++) {
            boolean same = value > 32 && value < 127 || value > 160 && value != 173;
            bytes.put(same ? value : next++, value);
        }
        byte[] spelled = new byte[token.length()];
        for (int i = 0; i < spelled.length; i++) {
            spelled[i] = (byte) (int) bytes.get((int) token.charAt(i));
        }
        return spelled;
    }

    private void writeVocabulary(Path model) throws Exception {
        String[] tokens = Objects.requireNonNull(text.metadata().strings("tokenizer.ggml.tokens"));
        int[] types = Objects.requireNonNull(text.metadata().ints("tokenizer.ggml.token_type"));
        StringBuilder ranks = new StringBuilder();
        ObjectNode added = new ObjectMapper().createObjectNode();
        for (int i = 0; i < tokens.length; i++) {
            if (types[i] == 1) {
                ranks.append(Base64.getEncoder().encodeToString(spelled(tokens[i])))
                        .append(' ')
                        .append(i)
                        .append('\n');
            } else if (types[i] == 3) {
                added.putObject(Integer.toString(i)).put("content", tokens[i]).put("special", true);
            }
        }
        Files.writeString(model.resolve("qwen.tiktoken"), ranks);
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.set("added_tokens_decoder", added);
        Files.writeString(model.resolve("tokenizer_config.json"), config.toString());
    }

    private Map<String, Toy> tensors() {
        Map<String, Toy> tensors = new LinkedHashMap<>();
        tensors.put("transformer.wte.weight", text.get("token_embd.weight"));
        tensors.put("transformer.ln_f.weight", text.get("output_norm.weight"));
        tensors.put("lm_head.weight", text.get("output.weight"));
        for (int i = 0; i < text.integer("qwen.block_count"); i++) {
            String from = "blk." + i + ".";
            String to = "transformer.h." + i + ".";
            tensors.put(to + "ln_1.weight", text.get(from + "attn_norm.weight"));
            tensors.put(to + "ln_2.weight", text.get(from + "ffn_norm.weight"));
            text.move(tensors, from + "attn_qkv", to + "attn.c_attn");
            tensors.put(to + "attn.c_proj.weight", text.get(from + "attn_output.weight"));
            tensors.put(to + "mlp.w1.weight", text.get(from + "ffn_up.weight"));
            tensors.put(to + "mlp.w2.weight", text.get(from + "ffn_gate.weight"));
            tensors.put(to + "mlp.c_proj.weight", text.get(from + "ffn_down.weight"));
        }
        String visual = "transformer.visual.";
        tensors.put(visual + "conv1.weight", vision.get("v.patch_embd.weight"));
        tensors.put(visual + "positional_embedding", vision.get("v.position_embd.weight"));
        vision.move(tensors, "v.pre_ln", visual + "ln_pre");
        int heads = vision.integer("clip.vision.attention.head_count");
        for (int i = 0; i < vision.integer("clip.vision.block_count"); i++) {
            String from = "v.blk." + i + ".";
            String to = visual + "transformer.resblocks." + i + ".";
            for (String part : new String[] {".weight", ".bias"}) {
                tensors.put(
                        to + "attn.in_proj" + part,
                        Toy.woven(
                                heads,
                                vision.get(from + "attn_q" + part),
                                vision.get(from + "attn_k" + part),
                                vision.get(from + "attn_v" + part)));
            }
            vision.move(tensors, from + "attn_out", to + "attn.out_proj");
            vision.move(tensors, from + "ln1", to + "ln_1");
            vision.move(tensors, from + "ln2", to + "ln_2");
            vision.move(tensors, from + "ffn_up", to + "mlp.c_fc");
            vision.move(tensors, from + "ffn_down", to + "mlp.c_proj");
        }
        String pool = visual + "attn_pool.";
        tensors.put(pool + "query", vision.get("resampler.query"));
        tensors.put(pool + "pos_embed", vision.get("resampler.pos_embed"));
        tensors.put(pool + "kv_proj.weight", vision.get("resampler.kv.weight"));
        vision.move(tensors, "resampler.ln_q", pool + "ln_q");
        vision.move(tensors, "resampler.ln_kv", pool + "ln_kv");
        vision.move(tensors, "resampler.ln_post", visual + "ln_post");
        for (String part : new String[] {"weight", "bias"}) {
            // One head of the whole width: the three parts one after the other.
            tensors.put(
                    pool + "attn.in_proj_" + part,
                    Toy.woven(
                            1,
                            vision.get("resampler.attn.q." + part),
                            vision.get("resampler.attn.k." + part),
                            vision.get("resampler.attn.v." + part)));
        }
        vision.move(tensors, "resampler.attn.out", pool + "attn.out_proj");
        tensors.put(visual + "proj", vision.get("resampler.proj.weight").transposed());
        return tensors;
    }

    @Test
    void original() throws Exception {
        Path model = Files.createDirectories(folder.resolve("toy-qwen-vl"));
        Files.writeString(model.resolve("config.json"), config().toString());
        writeVocabulary(model);
        ToyFiles.writePickle(model.resolve("pytorch_model.bin"), tensors());
        Path out = folder.resolve("out.gguf");
        Path mm = folder.resolve("mm.gguf");
        String notes = ToyModel.convert(
                out,
                "--from",
                model.toString(),
                "--mmproj-out",
                mm.toString(),
                "--set",
                "clip.vision.projector.head_count=4");
        assertEquals("", notes);
        // The toy's unused tokens have other names than those that fill gaps here.
        Converted.assertSame(text.path(), out, Set.of("tokenizer.ggml.tokens"));
        try (GgufFile converted = GgufFile.open(out)) {
            String[] expected = Objects.requireNonNull(text.metadata().strings("tokenizer.ggml.tokens"));
            String[] found = Objects.requireNonNull(converted.metadata().strings("tokenizer.ggml.tokens"));
            assertArrayEquals(
                    Arrays.stream(expected)
                            .map(token -> token.replace("[UNUSED", "[PAD"))
                            .toArray(),
                    found);
        }
        Converted.assertClose(vision.path(), mm, 1e-6f);
        Converted.assertTraces("qwen_vl", out, mm, "mmproj.gguf");
    }
}
