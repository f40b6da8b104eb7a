package io.peregrine.cli.convert;

import io.peregrine.cli.vocabulary.ClipVocabulary;

/// CLIP, both towers in one file, as `transformers` has it.
final class Clip implements Recipe {

    @Override
    public String architecture() {
        return "clip";
    }

    @Override
    public boolean hasVisionFile() {
        return false;
    }

    @Override
    public void plan(Sources sources, Files files) {
        Config config = sources.config();
        Pool pool = sources.pool();
        Target target = files.text();
        int projection = config.integer("projection_dim", 512, 1, Limits.WIDTH);
        Config vision = config.object("vision_config");
        Config text = config.object("text_config");
        ClipTower.checkActivation(text);
        // A CLIP's own configuration leaves out what its smallest model has.
        ClipTower tower = ClipTower.of(vision, new ClipTower(224, 32, 768, 3072, 12, 12, 1e-5f));
        Config preprocessor = Sources.optional(sources.folder(), "preprocessor_config.json");
        new VisionKeys(
                        "clip",
                        false,
                        tower.imageSize(),
                        tower.patch(),
                        tower.dim(),
                        tower.ffn(),
                        tower.layers(),
                        projection,
                        tower.heads(),
                        tower.eps(),
                        preprocessor.numbers("image_mean", VisionKeys.CLIP_MEAN),
                        preprocessor.numbers("image_std", VisionKeys.CLIP_STD))
                .write(target);
        int dim = text.integer("hidden_size", 512, 1, Limits.WIDTH);
        int ffn = text.integer("intermediate_size", 2048, 1, Limits.WIDTH);
        int layers = text.integer("num_hidden_layers", 12, 1, Limits.LAYERS);
        int context = text.integer("max_position_embeddings", 77, 1, Limits.CONTEXT);
        String embeddings = "text_model.embeddings.";
        int rows = (int)
                Math.min(pool.shape(embeddings + "token_embedding.weight", 2).dim(0), Limits.CONTEXT);
        target.bool("clip.has_text_encoder", true)
                .uint32("clip.text.context_length", context)
                .uint32("clip.text.embedding_length", dim)
                .uint32("clip.text.feed_forward_length", ffn)
                .uint32("clip.text.projection_dim", projection)
                .uint32("clip.text.block_count", layers)
                .uint32("clip.text.attention.head_count", text.integer("num_attention_heads", 8, 1, Limits.HEADS))
                .float32("clip.text.attention.layer_norm_epsilon", text.number("layer_norm_eps", 1e-5f, 0, 1))
                .float32("clip.logit_scale", Views.all(pool.take("logit_scale"))[0]);
        VocabularyKeys.write(target, ClipVocabulary.read(sources.folder()).fitted(rows, sources::note));

        tower.plan(pool, "", target, tower.layers());
        ClipTower.norm(pool, target, "vision_model.post_layernorm", "v.post_ln", tower.dim());
        target.tensor("visual_projection.weight", pool.take("visual_projection.weight", projection, tower.dim()))
                .tensor("t.token_embd.weight", pool.take(embeddings + "token_embedding.weight", rows, dim))
                .exact("t.position_embd.weight", pool.take(embeddings + "position_embedding.weight", context, dim));
        for (int i = 0; i < layers; i++) {
            ClipTower.block(pool, target, "text_model.encoder.layers." + i + ".", "t.blk." + i + ".", dim, ffn);
        }
        ClipTower.norm(pool, target, "text_model.final_layer_norm", "t.post_ln", dim);
        target.tensor("text_projection.weight", pool.take("text_projection.weight", projection, dim));
        pool.ignore("text_model\\.embeddings\\.position_ids");
    }
}
