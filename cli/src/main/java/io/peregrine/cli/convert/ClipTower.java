package io.peregrine.cli.convert;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.tensor.Shape;
import java.util.regex.Pattern;

/// A vision tower of CLIP as `huggingface/transformers : models/clip` names it, below `vision_model.`.
///
/// @param imageSize side of its pictures
/// @param layers how many blocks the model has, whether they are stored in the GGUF file or not
record ClipTower(int imageSize, int patch, int dim, int ffn, int layers, int heads, float eps) {

    private static final String MODEL = "vision_model.";

    /// From a `vision_config`, whose absent keys have the defaults of CLIP ViT-L/14-336 as LLaVA's code has them.
    static ClipTower of(Config config) {
        return of(config, new ClipTower(336, 14, 1024, 4096, 24, 16, 1e-5f));
    }

    /// From a `vision_config` whose absent keys are those of another tower.
    static ClipTower of(Config config, ClipTower absent) {
        int dim = config.integer("hidden_size", absent.dim, 1, Limits.WIDTH);
        ClipTower tower = new ClipTower(
                config.integer("image_size", absent.imageSize, 1, Limits.IMAGE),
                config.integer("patch_size", absent.patch, 1, Limits.IMAGE),
                dim,
                config.integer("intermediate_size", absent.ffn, 1, Limits.WIDTH),
                config.integer("num_hidden_layers", absent.layers, 1, Limits.LAYERS),
                config.integer("num_attention_heads", absent.heads, 1, Limits.HEADS),
                config.number("layer_norm_eps", absent.eps, 0, 1));
        checkActivation(config);
        if (dim % tower.heads != 0 || tower.imageSize < tower.patch) {
            throw new ModelFormatException(
                    config.file(),
                    "vision configuration",
                    tower.toString(),
                    "a width that the heads divide, and pictures larger than patches",
                    "");
        }
        return tower;
    }

    /// From the shapes of its tensors; for what they do not tell, CLIP has heads of 64 and an epsilon of 1e-5.
    static ClipTower of(Pool pool, String prefix) {
        String embeddings = prefix + MODEL + "embeddings.";
        Shape kernel = pool.shape(embeddings + "patch_embedding.weight", 4);
        int dim = (int) Math.min(kernel.dim(0), Limits.WIDTH);
        int patch = (int) Math.min(kernel.dim(3), Limits.IMAGE);
        long positions = pool.shape(embeddings + "position_embedding.weight", 2).dim(0);
        int grid = (int) Math.round(Math.sqrt(Math.min(positions, Limits.WIDTH) - 1));
        String layers = prefix + MODEL + "encoder.layers.";
        long ffn = pool.shape(layers + "0.mlp.fc1.weight", 2).dim(0);
        return new ClipTower(
                grid * patch,
                patch,
                dim,
                (int) Math.min(ffn, Limits.WIDTH),
                pool.count(layers, ".mlp.fc1.weight"),
                Math.max(1, dim / 64),
                1e-5f);
    }

    /// GGUF has quick-GELU and the approximation by tanh; the exact GELU of other CLIPs has no key.
    static void checkActivation(Config config) {
        String activation = config.string("hidden_act", "quick_gelu");
        if (!activation.equals("quick_gelu")) {
            throw new UnsupportedModelException(
                    config.file(), "a CLIP tower with hidden_act " + activation, "quick_gelu");
        }
    }

    private int grid() {
        return imageSize / patch;
    }

    /// Plans the first blocks, and what comes before them; blocks behind them, and the norm after all, are left out.
    void plan(Pool pool, String prefix, Target target, int blocks) {
        String from = prefix + MODEL;
        String embeddings = from + "embeddings.";
        target.tensor("v.patch_embd.weight", pool.take(embeddings + "patch_embedding.weight", dim, 3, patch, patch))
                .exact("v.class_embd", pool.take(embeddings + "class_embedding", dim))
                .exact(
                        "v.position_embd.weight",
                        pool.take(embeddings + "position_embedding.weight", 1 + (long) grid() * grid(), dim));
        norm(pool, target, from + "pre_layrnorm", "v.pre_ln", dim);
        for (int i = 0; i < blocks; i++) {
            block(pool, target, from + "encoder.layers." + i + ".", "v.blk." + i + ".", dim, ffn);
        }
        pool.ignore(Pattern.quote(embeddings + "position_ids"));
    }

    /// The blocks and the norm that [#plan] left out.
    void ignoreRest(Pool pool, String prefix) {
        String from = Pattern.quote(prefix + MODEL);
        pool.ignore(from + "encoder\\.layers\\.[0-9]+\\..*", from + "post_layernorm\\.(weight|bias)");
    }

    /// A block of either tower of CLIP.
    static void block(Pool pool, Target target, String from, String to, long dim, long ffn) {
        linear(pool, target, from + "self_attn.q_proj", to + "attn_q", dim, dim);
        linear(pool, target, from + "self_attn.k_proj", to + "attn_k", dim, dim);
        linear(pool, target, from + "self_attn.v_proj", to + "attn_v", dim, dim);
        linear(pool, target, from + "self_attn.out_proj", to + "attn_out", dim, dim);
        norm(pool, target, from + "layer_norm1", to + "ln1", dim);
        norm(pool, target, from + "layer_norm2", to + "ln2", dim);
        linear(pool, target, from + "mlp.fc1", to + "ffn_up", ffn, dim);
        linear(pool, target, from + "mlp.fc2", to + "ffn_down", dim, ffn);
    }

    /// A matrix and its bias.
    static void linear(Pool pool, Target target, String from, String to, long out, long in) {
        linear(pool, target, from, to, Shape.of(out, in));
    }

    /// A matrix or a kernel of a convolution, and its bias.
    static void linear(Pool pool, Target target, String from, String to, Shape shape) {
        target.tensor(to + ".weight", pool.take(from + ".weight", shape.toArray()))
                .exact(to + ".bias", pool.take(from + ".bias", shape.dim(0)));
    }

    /// A norm's weight and bias.
    static void norm(Pool pool, Target target, String from, String to, long dim) {
        target.exact(to + ".weight", pool.take(from + ".weight", dim))
                .exact(to + ".bias", pool.take(from + ".bias", dim));
    }
}
