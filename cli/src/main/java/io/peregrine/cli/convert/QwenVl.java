package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.StoredTensor;
import io.peregrine.cli.checkpoint.Values;
import io.peregrine.cli.vocabulary.Vocabulary;
import io.peregrine.cli.vocabulary.VocabularyFiles;
import io.peregrine.core.ModelFormatException;

/// Qwen-VL and Qwen-VL-Chat of the first generation.
///
/// The tower's fused projections go `[head][query, key, value][element]` and are taken apart; its positions, and the
/// resampler's, are resized to the grid of the pictures; the last matrix is multiplied from the right and is turned.
///
/// Sources: `modeling_qwen.py` and `visual.py` of the repository Qwen/Qwen-VL;
/// `ggml-org/llama.cpp : conversion/qwen.py` for the text model.
final class QwenVl implements Recipe {

    private static final int RESAMPLER_HEAD = 128;
    private static final String VISUAL = "transformer.visual.";
    private static final String POOL = VISUAL + "attn_pool.";

    @Override
    public String architecture() {
        return "qwen";
    }

    @Override
    public void plan(Sources sources, Files files) {
        Pool pool = sources.pool();
        int dim = sources.config().integer("hidden_size", 4096, 1, Limits.WIDTH);
        text(sources, pool, files.text(), dim);
        vision(sources, pool, files.vision(), dim);
    }

    private static void text(Sources sources, Pool pool, Target target, int dim) {
        Config config = sources.config();
        int layers = config.integer("num_hidden_layers", 32, 1, Limits.LAYERS);
        int doubled = config.integer("intermediate_size", 22016, 2, Limits.WIDTH);
        int ffn = doubled / 2;
        int heads = config.integer("num_attention_heads", 32, 1, Limits.HEADS);
        int headDim = config.integer("kv_channels", 128, 1, Limits.WIDTH);
        if ((long) headDim * heads != dim || doubled % 2 != 0) {
            throw new ModelFormatException(
                    config.file(),
                    "attention",
                    heads + " heads of " + headDim + ", intermediate_size " + doubled,
                    "heads that make up the width " + dim + ", and an even number",
                    "");
        }
        int rows = (int) Math.min(pool.shape("transformer.wte.weight", 2).dim(0), Limits.CONTEXT);
        target.uint32("qwen.block_count", layers)
                .uint32("qwen.context_length", config.integer("max_position_embeddings", 8192, 1, Limits.CONTEXT))
                .uint32("qwen.embedding_length", dim)
                .uint32("qwen.feed_forward_length", doubled)
                .uint32("qwen.attention.head_count", heads)
                .float32("qwen.attention.layer_norm_rms_epsilon", config.number("layer_norm_epsilon", 1e-6f, 0, 1))
                .uint32("qwen.rope.dimension_count", (int) (headDim * config.number("rotary_pct", 1, 0, 1)))
                .float32("qwen.rope.freq_base", config.number("rotary_emb_base", 10000, 1, Limits.ROPE_BASE))
                .bool("qwen.rope.dynamic_ntk", config.bool("use_dynamic_ntk", true))
                .bool("qwen.attention.logn", config.bool("use_logn_attn", true))
                .uint32("qwen.rope.train_length", config.integer("seq_length", 2048, 2, Limits.CONTEXT));
        Vocabulary vocabulary =
                VocabularyFiles.read(sources.folder(), sources.request().pre());
        VocabularyKeys.write(target, vocabulary.fitted(rows, sources::note));
        target.tensor("token_embd.weight", pool.take("transformer.wte.weight", rows, dim))
                .exact("output_norm.weight", pool.take("transformer.ln_f.weight", dim))
                .tensor("output.weight", pool.take("lm_head.weight", rows, dim));
        for (int i = 0; i < layers; i++) {
            String from = "transformer.h." + i + ".";
            String to = "blk." + i + ".";
            target.exact(to + "attn_norm.weight", pool.take(from + "ln_1.weight", dim));
            ClipTower.linear(pool, target, from + "attn.c_attn", to + "attn_qkv", 3L * dim, dim);
            target.tensor(to + "attn_output.weight", pool.take(from + "attn.c_proj.weight", dim, dim))
                    .exact(to + "ffn_norm.weight", pool.take(from + "ln_2.weight", dim))
                    .tensor(to + "ffn_gate.weight", pool.take(from + "mlp.w2.weight", ffn, dim))
                    .tensor(to + "ffn_up.weight", pool.take(from + "mlp.w1.weight", ffn, dim))
                    .tensor(to + "ffn_down.weight", pool.take(from + "mlp.c_proj.weight", dim, ffn));
        }
        pool.ignore(".*rotary_emb\\.inv_freq", "transformer\\.h\\.[0-9]+\\.attn\\.(bias|masked_bias)");
    }

    private static void vision(Sources sources, Pool pool, Target target, int out) {
        Config config = sources.config().object("visual");
        int width = config.integer("width", 1664, 1, Limits.WIDTH);
        int patch = config.integer("patch_size", 14, 1, Limits.IMAGE);
        int imageSize = config.integer("image_size", 448, patch, Limits.IMAGE);
        int layers = config.integer("layers", 48, 1, Limits.LAYERS);
        int heads = config.integer("heads", 16, 1, Limits.HEADS);
        int dim = config.integer("output_dim", 4096, out, out);
        String blocks = VISUAL + "transformer.resblocks.";
        int ffn = (int) Math.min(pool.shape(blocks + "0.mlp.c_fc.weight", 2).dim(0), Limits.WIDTH);
        if (width % heads != 0) {
            throw config.wrong("heads", "a divisor of width, which is " + width);
        }
        new VisionKeys(
                        "qwenvl_resampler",
                        true,
                        imageSize,
                        patch,
                        width,
                        ffn,
                        layers,
                        dim,
                        heads,
                        1e-6f,
                        VisionKeys.CLIP_MEAN,
                        VisionKeys.CLIP_STD)
                .write(target);
        int grid = imageSize / patch;
        target.tensor("v.patch_embd.weight", pool.take(VISUAL + "conv1.weight", width, 3, patch, patch));
        String table = VISUAL + "positional_embedding";
        StoredTensor positions = pool.take(table, pool.shape(table, 2).dim(0), width);
        target.exact("v.position_embd.weight", Positions.of(pool, table, positions, 0, grid));
        ClipTower.norm(pool, target, VISUAL + "ln_pre", "v.pre_ln", width);
        for (int i = 0; i < layers; i++) {
            block(pool, target, blocks + i + ".", "v.blk." + i + ".", width, ffn, heads);
        }
        resampler(sources, pool, target, dim, width, grid);
    }

    private static void block(Pool pool, Target target, String from, String to, int dim, int ffn, int heads) {
        Values weight = pool.take(from + "attn.in_proj.weight", 3L * dim, dim);
        Values bias = pool.take(from + "attn.in_proj.bias", 3L * dim);
        String[] names = {"attn_q", "attn_k", "attn_v"};
        for (int part = 0; part < 3; part++) {
            target.tensor(to + names[part] + ".weight", Views.ofHeads(weight, heads, part))
                    .exact(to + names[part] + ".bias", Views.ofHeads(bias, heads, part));
        }
        ClipTower.linear(pool, target, from + "attn.out_proj", to + "attn_out", dim, dim);
        ClipTower.norm(pool, target, from + "ln_1", to + "ln1", dim);
        ClipTower.norm(pool, target, from + "ln_2", to + "ln2", dim);
        ClipTower.linear(pool, target, from + "mlp.c_fc", to + "ffn_up", ffn, dim);
        ClipTower.linear(pool, target, from + "mlp.c_proj", to + "ffn_down", dim, ffn);
    }

    private static void resampler(Sources sources, Pool pool, Target target, int dim, int width, int grid) {
        String queries = POOL + "query";
        long count = pool.shape(queries, 2).dim(0);
        String headKey = "clip.vision.projector.head_count";
        target.uint32(headKey, sources.heads(pool, headKey, dim, RESAMPLER_HEAD))
                .uint32("clip.vision.projector.query_count", count);
        Values places = pool.take(POOL + "pos_embed", count, dim);
        target.exact("resampler.query", pool.take(queries, count, dim))
                .exact("resampler.pos_embed", places)
                .exact("resampler.pos_embed_k", Positions.of(pool, POOL + "pos_embed", places, 0, grid))
                .tensor("resampler.kv.weight", pool.take(POOL + "kv_proj.weight", dim, width));
        ClipTower.norm(pool, target, POOL + "ln_q", "resampler.ln_q", dim);
        ClipTower.norm(pool, target, POOL + "ln_kv", "resampler.ln_kv", dim);
        ClipTower.norm(pool, target, VISUAL + "ln_post", "resampler.ln_post", dim);
        Values weight = pool.take(POOL + "attn.in_proj_weight", 3L * dim, dim);
        Values bias = pool.take(POOL + "attn.in_proj_bias", 3L * dim);
        String[] names = {"q", "k", "v"};
        for (int part = 0; part < 3; part++) {
            target.tensor("resampler.attn." + names[part] + ".weight", Views.third(weight, part))
                    .exact("resampler.attn." + names[part] + ".bias", Views.third(bias, part));
        }
        ClipTower.linear(pool, target, POOL + "attn.out_proj", "resampler.attn.out", dim, dim);
        target.tensor(
                "resampler.proj.weight", pool.take(VISUAL + "proj", dim, dim).transposed());
    }
}
