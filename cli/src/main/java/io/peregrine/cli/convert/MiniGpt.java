package io.peregrine.cli.convert;

import io.peregrine.core.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;

/// MiniGPT-4 and MiniGPT-v2: the EVA tower, a Q-Former (the former only), a linear layer, and Vicuna or Llama 2 with
/// adapters (the latter). Each is published as a file of its own; what was trained is in the projector's.
///
/// Source: `Vision-CAIR/MiniGPT-4 : minigpt4/models/{minigpt4,minigpt_v2,minigpt_base}.py`.
final class MiniGpt implements Recipe {

    private static final int USUAL_IMAGE = 224;
    private static final int USUAL_IMAGE_V2 = 448;
    private static final int STACKED = 4;
    private static final int QFORMER_HEAD = 64;

    private final boolean hasQformer;

    MiniGpt(boolean hasQformer) {
        this.hasQformer = hasQformer;
    }

    @Override
    public void plan(Sources sources, Files files) {
        Request request = sources.request();
        Path vision = sources.required(request.visionTower(), "--vision", "the EVA tower (eva_vit_g.pth)");
        Pool projector =
                sources.pool(sources.required(request.projector(), "--projector", "the projector (llama_proj)"));
        LlamaText text = new LlamaText(sources.config());
        Lora lora = new Lora(projector, request.loraAlpha());
        text.plan(sources, sources.pool(), files.text(), "model.", "lm_head.weight", lora);
        if (lora.merged() > 0) {
            sources.note(lora.merged() + " adapters merged with alpha " + request.loraAlpha());
        }

        Target target = files.vision();
        int usual = hasQformer ? USUAL_IMAGE : USUAL_IMAGE_V2;
        EvaTower tower = new EvaTower(sources.pool(vision), sources.imageSize(usual));
        tower.keys(sources, target, hasQformer ? "blip2_qformer" : "minigpt_v2", text.dim());
        tower.plan(target);
        if (hasQformer) {
            Path file = sources.required(request.qformer(), "--qformer", "the Q-Former (blip2_pretrained_*.pth)");
            Pool qformer = sources.pool(file);
            norm(sources, target, tower.dim(), projector, qformer);
            qformer(sources, qformer, projector, target, tower.dim(), text.dim());
        } else {
            target.uint32("clip.vision.projector.stack_factor", STACKED);
            Path file = request.qformer();
            norm(sources, target, tower.dim(), projector, file == null ? projector : sources.pool(file));
            ClipTower.linear(projector, target, "llama_proj", "mm.0", text.dim(), (long) STACKED * tower.dim());
            if (file != null) {
                ignoreRestOfBlip(sources.pool(file));
                sources.pool(file).ignore("query_tokens", "Qformer\\..*");
            }
        }
    }

    /// `ln_vision` is with what was trained, or with the Q-Former. MiniGPT-v2 neither trains nor loads it: where no
    /// file
    /// has it, it is what it is made as.
    private void norm(Sources sources, Target target, int dim, Pool projector, Pool qformer) {
        Pool home = projector.has("ln_vision.weight") ? projector : qformer;
        if (!hasQformer && !home.has("ln_vision.weight")) {
            sources.note(
                    "no file holds ln_vision: it has the weight 1 and the bias 0 that it begins with, as MiniGPT-v2"
                            + " does not train it");
            float[] ones = new float[dim];
            Arrays.fill(ones, 1);
            target.exact("v.post_ln.weight", Views.held(Shape.of(dim), ones))
                    .exact("v.post_ln.bias", Views.held(Shape.of(dim), new float[dim]));
            return;
        }
        ClipTower.norm(home, target, "ln_vision", "v.post_ln", dim);
        if (home != qformer) {
            qformer.ignore("ln_vision\\.(weight|bias)");
        }
    }

    private static void qformer(Sources sources, Pool pool, Pool projector, Target target, int memory, int out) {
        Shape queries = pool.shape("query_tokens", 3);
        int dim = (int) Math.min(queries.dim(2), Limits.WIDTH);
        long count = queries.dim(1);
        String layers = "Qformer.bert.encoder.layer.";
        int depth = pool.count(layers, ".attention.self.query.weight");
        int interval = Math.max(1, depth);
        for (int i = depth - 1; i > 0; i--) {
            interval = pool.has(layers + i + ".crossattention.self.query.weight") ? i : interval;
        }
        target.uint32(
                        "clip.vision.projector.head_count",
                        sources.heads(pool, "clip.vision.projector.head_count", dim, QFORMER_HEAD))
                .float32("clip.vision.projector.layer_norm_epsilon", 1e-12f)
                .uint32("clip.vision.projector.query_count", count)
                .uint32("clip.vision.projector.cross_attention_interval", interval);
        target.exact("v.proj_query", Views.reshaped(pool.take("query_tokens", 1, count, dim), Shape.of(count, dim)));
        ClipTower.norm(pool, target, "Qformer.bert.embeddings.LayerNorm", "v.proj_norm", dim);
        ClipTower.linear(projector, target, "llama_proj", "v.proj_linear", out, dim);
        for (int i = 0; i < depth; i++) {
            String from = layers + i + ".";
            String to = "v.proj_blk." + i + ".";
            attention(pool, target, from + "attention.", to + "self_attn_", dim, dim);
            if (pool.has(from + "crossattention.self.query.weight")) {
                attention(pool, target, from + "crossattention.", to + "cross_attn_", dim, memory);
            }
            long ffn = pool.shape(from + "intermediate_query.dense.weight", 2).dim(0);
            ClipTower.linear(pool, target, from + "intermediate_query.dense", to + "ffn_up", ffn, dim);
            ClipTower.linear(pool, target, from + "output_query.dense", to + "ffn_down", dim, ffn);
            ClipTower.norm(pool, target, from + "output_query.LayerNorm", to + "ffn_norm", dim);
        }
        ignoreRestOfBlip(pool);
    }

    private static void attention(Pool pool, Target target, String from, String to, int dim, int memory) {
        ClipTower.linear(pool, target, from + "self.query", to + "q", dim, dim);
        ClipTower.linear(pool, target, from + "self.key", to + "k", dim, memory);
        ClipTower.linear(pool, target, from + "self.value", to + "v", dim, memory);
        ClipTower.linear(pool, target, from + "output.dense", to + "out", dim, dim);
        ClipTower.norm(pool, target, from + "output.LayerNorm", to + "norm", dim);
    }

    /// What BLIP-2 needs for texts, other decoders and training.
    private static void ignoreRestOfBlip(Pool pool) {
        pool.ignore(
                "Qformer\\.cls\\..*",
                "Qformer\\.bert\\.pooler\\..*",
                "Qformer\\.bert\\.embeddings\\.(word_embeddings|position_embeddings)\\.weight",
                "Qformer\\.bert\\.embeddings\\.position_ids",
                "Qformer\\.bert\\.encoder\\.layer\\.[0-9]+\\.(intermediate|output)\\..*",
                "(t5_proj|opt_proj|llm_proj|vision_proj|text_proj|itm_head)\\.(weight|bias)",
                "temp",
                "visual_encoder\\..*");
    }
}
