package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.cli.checkpoint.Values;
import io.peregrine.cli.vocabulary.Vocabulary;
import io.peregrine.cli.vocabulary.VocabularyFiles;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.quantize.Mix;
import java.util.LinkedHashMap;
import java.util.Map;

/// Fuyu: the Persimmon decoder, and one linear layer for patches, as `transformers` has them.
///
/// The fused projections stay as they are, `[head][query, key, value][element]`, which is how files of the
/// architecture `persimmon` have always had them. Halves are refused: converted to them the model gives garbage.
///
/// Sources: `huggingface/transformers : models/fuyu, models/persimmon`; names as llama.cpp had them until May 2024.
final class Fuyu implements Recipe {

    private static final String END = "|ENDOFTEXT|";

    @Override
    public String architecture() {
        return "persimmon";
    }

    @Override
    public Mix usualMix() {
        return Mix.BF16;
    }

    @Override
    public void plan(Sources sources, Files files) {
        Config config = sources.config();
        Config inner = config.objectOrNull("text_config");
        Config text = inner != null && inner.has("hidden_size") ? inner : config;
        if (files.text().mix() == Mix.F16) {
            throw new UnsupportedModelException(
                    config.file(), "type F16 for Persimmon, whose values halves cannot hold,", "f32, bf16, q8_0");
        }
        Pool pool = sources.pool();
        boolean newer = pool.hasPrefix("model.language_model.");
        String prefix = newer ? "model.language_model." : "language_model.model.";
        String head = newer ? "lm_head.weight" : "language_model.lm_head.weight";
        int dim = text.integer("hidden_size", 4096, 1, Limits.WIDTH);
        text(sources, text, pool, files.text(), prefix, head, dim);
        vision(sources, config, pool, files.vision(), newer ? "model.vision_embed_tokens" : "vision_embed_tokens", dim);
    }

    private static void text(
            Sources sources, Config text, Pool pool, Target target, String prefix, String head, int dim) {
        int layers = text.integer("num_hidden_layers", 36, 1, Limits.LAYERS);
        int ffn = text.integer("intermediate_size", 16384, 1, Limits.WIDTH);
        int heads = text.integer("num_attention_heads", 64, 1, Limits.HEADS);
        if (dim % heads != 0
                || !text.bool("qk_layernorm", true)
                || !text.string("hidden_act", "relu2").equals("relu2")) {
            throw new UnsupportedModelException(
                    text.file(),
                    "a Persimmon of " + heads + " heads in " + dim + ", qk_layernorm " + text.bool("qk_layernorm", true)
                            + ", hidden_act " + text.string("hidden_act", "relu2"),
                    "heads that divide the width, qk_layernorm true, relu2");
        }
        int headDim = dim / heads;
        int rows = (int) Math.min(pool.shape(prefix + "embed_tokens.weight", 2).dim(0), Limits.CONTEXT);
        target.uint32("persimmon.block_count", layers)
                .uint32("persimmon.context_length", text.integer("max_position_embeddings", 16384, 1, Limits.CONTEXT))
                .uint32("persimmon.embedding_length", dim)
                .uint32("persimmon.feed_forward_length", ffn)
                .uint32("persimmon.attention.head_count", heads)
                .uint32("persimmon.attention.head_count_kv", heads)
                .float32("persimmon.attention.layer_norm_epsilon", text.number("layer_norm_eps", 1e-5f, 0, 1))
                .uint32("persimmon.rope.dimension_count", (int)
                        (headDim * text.number("partial_rotary_factor", 0.5f, 0, 1)))
                .float32("persimmon.rope.freq_base", text.number("rope_theta", 25000, 1, Limits.ROPE_BASE));
        VocabularyKeys.write(target, vocabulary(sources).fitted(rows, sources::note));
        target.tensor("token_embd.weight", pool.take(prefix + "embed_tokens.weight", rows, dim));
        ClipTower.norm(pool, target, prefix + "final_layernorm", "output_norm", dim);
        target.tensor("output.weight", pool.take(head, rows, dim));
        for (int i = 0; i < layers; i++) {
            String from = prefix + "layers." + i + ".";
            String to = "blk." + i + ".";
            ClipTower.norm(pool, target, from + "input_layernorm", to + "attn_norm", dim);
            ClipTower.linear(pool, target, from + "self_attn.query_key_value", to + "attn_qkv", 3L * dim, dim);
            ClipTower.linear(pool, target, from + "self_attn.dense", to + "attn_output", dim, dim);
            ClipTower.norm(pool, target, from + "self_attn.q_layernorm", to + "attn_q_norm", headDim);
            ClipTower.norm(pool, target, from + "self_attn.k_layernorm", to + "attn_k_norm", headDim);
            ClipTower.norm(pool, target, from + "post_attention_layernorm", to + "ffn_norm", dim);
            ClipTower.linear(pool, target, from + "mlp.dense_h_to_4h", to + "ffn_up", ffn, dim);
            ClipTower.linear(pool, target, from + "mlp.dense_4h_to_h", to + "ffn_down", dim, ffn);
        }
        pool.ignore(".*rotary_emb\\.inv_freq");
    }

    /// The sentencepiece model names `</s>` as the end of a text; the decoder ends its answers with a token of its own.
    private static Vocabulary vocabulary(Sources sources) {
        Vocabulary found =
                VocabularyFiles.read(sources.folder(), sources.request().pre());
        Map<String, Integer> ids = new LinkedHashMap<>(found.ids());
        for (int id = 0; id < found.tokens().size(); id++) {
            if (found.tokens().get(id).text().equals(END)) {
                ids.put("eos_token_id", id);
            }
        }
        return found.withIds(ids);
    }

    private static void vision(Sources sources, Config config, Pool pool, Target target, String name, int dim) {
        Config preprocessor = Sources.optional(sources.folder(), "preprocessor_config.json");
        Config size = preprocessor.objectOrNull("size");
        int width = size == null ? 1920 : size.integer("width", 1920, 1, Limits.IMAGE);
        int height = size == null ? 1080 : size.integer("height", 1080, 1, Limits.IMAGE);
        int patch = config.integer("patch_size", 30, 1, Limits.IMAGE);
        new VisionKeys(
                        "fuyu",
                        false,
                        width,
                        patch,
                        dim,
                        0,
                        0,
                        dim,
                        0,
                        1e-5f,
                        colours(preprocessor, "image_mean"),
                        colours(preprocessor, "image_std"))
                .write(target);
        target.uint32("clip.vision.image_max_width", width)
                .uint32("clip.vision.image_max_height", height)
                .float32("clip.vision.image_pad_value", preprocessor.number("padding_value", 1, 0, 255));
        long inputs = 3L * patch * patch;
        Values weight = pool.take(name + ".weight", dim, inputs);
        target.tensor("v.patch_embd.weight", weight).exact("v.patch_embd.bias", pool.take(name + ".bias", dim));
    }

    /// One number for all colours, or three.
    private static float[] colours(Config preprocessor, String key) {
        JsonNode value = preprocessor.json().path(key);
        if (!value.isNumber()) {
            return preprocessor.numbers(key, new float[] {0.5f, 0.5f, 0.5f});
        }
        float all = value.floatValue();
        return new float[] {all, all, all};
    }
}
