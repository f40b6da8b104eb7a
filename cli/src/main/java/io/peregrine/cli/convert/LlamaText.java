package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.cli.vocabulary.Vocabulary;
import io.peregrine.cli.vocabulary.VocabularyFiles;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;

/// A text model of the architecture `llama`: Llama, Vicuna, Mistral, Yi.
///
/// The rows of query and key projections are brought from the halves in which `transformers` rotates them to the
/// neighbours in which GGUF files have them. Keys that a configuration leaves out have the defaults of its
/// `model_type` in `huggingface/transformers : models/llama, models/mistral`.
final class LlamaText {

    /// What a matrix becomes before it is laid out: itself, or with an adapter merged into it.
    @FunctionalInterface
    interface Adapter {
        /// Changes nothing.
        Adapter NONE = (name, weight) -> weight;

        /// @param name of the matrix without the prefix of the model: `layers.0.self_attn.q_proj`
        Values adapt(String name, Values weight);
    }

    private final Config config;
    private final int layers;
    private final int dim;
    private final int ffn;
    private final int heads;
    private final int kvHeads;
    private final int headDim;

    LlamaText(Config config) {
        this.config = config;
        boolean mistral = config.string("model_type", "llama").contains("mistral");
        layers = config.integer("num_hidden_layers", 32, 1, Limits.LAYERS);
        dim = config.integer("hidden_size", 4096, 1, Limits.WIDTH);
        ffn = config.integer("intermediate_size", mistral ? 14336 : 11008, 1, Limits.WIDTH);
        heads = config.integer("num_attention_heads", 32, 1, Limits.HEADS);
        kvHeads = config.integer("num_key_value_heads", mistral ? 8 : heads, 1, heads);
        headDim = config.integer("head_dim", Math.max(1, dim / heads), 1, Limits.WIDTH / heads);
        if (heads % kvHeads != 0 || headDim % 2 != 0) {
            throw new ModelFormatException(
                    config.file(),
                    "attention",
                    heads + " heads of " + headDim + ", " + kvHeads + " of keys",
                    "an even size, and a number of heads that those of keys divide",
                    "");
        }
        if (!config.string("hidden_act", "silu").equals("silu")) {
            throw new UnsupportedModelException(config.file(), "hidden_act " + config.string("hidden_act", ""), "silu");
        }
    }

    int dim() {
        return dim;
    }

    /// Plans all of the file.
    ///
    /// @param prefix of the names of layers: `model.`
    /// @param head name of the output matrix, which is left out where it is the token table
    void plan(Sources sources, Pool pool, Target target, String prefix, String head, Adapter adapter) {
        int rows = (int) Math.min(pool.shape(prefix + "embed_tokens.weight", 2).dim(0), Limits.CONTEXT);
        Vocabulary vocabulary =
                VocabularyFiles.read(sources.folder(), sources.request().pre());
        keys(target, rows);
        VocabularyKeys.write(target, vocabulary.fitted(rows, sources::note));
        target.tensor("token_embd.weight", pool.take(prefix + "embed_tokens.weight", rows, dim));
        target.exact("output_norm.weight", pool.take(prefix + "norm.weight", dim));
        if (!config.bool("tie_word_embeddings", false) || pool.has(head)) {
            target.tensor("output.weight", pool.take(head, rows, dim));
        }
        for (int i = 0; i < layers; i++) {
            layer(pool, target, prefix, "layers." + i + ".", "blk." + i + ".", adapter);
        }
        pool.ignore(".*rotary_emb\\.inv_freq");
    }

    private void keys(Target target, int rows) {
        target.uint32("llama.block_count", layers)
                .uint32("llama.context_length", context())
                .uint32("llama.embedding_length", dim)
                .uint32("llama.feed_forward_length", ffn)
                .uint32("llama.attention.head_count", heads)
                .uint32("llama.attention.head_count_kv", kvHeads)
                .float32("llama.attention.layer_norm_rms_epsilon", config.number("rms_norm_eps", 1e-6f, 0, 1))
                .uint32("llama.rope.dimension_count", headDim)
                .float32("llama.rope.freq_base", ropeBase())
                .uint32("llama.vocab_size", rows);
        if (headDim != dim / heads) {
            target.uint32("llama.attention.key_length", headDim).uint32("llama.attention.value_length", headDim);
        }
        scaling(target);
    }

    private int context() {
        boolean mistral = config.string("model_type", "llama").contains("mistral");
        int absent = config.integer("max_sequence_length", mistral ? 131072 : 2048, 1, Limits.CONTEXT);
        return config.integer("max_position_embeddings", absent, 1, Limits.CONTEXT);
    }

    /// Newer configurations have an object for all about rotation.
    private float ropeBase() {
        Config rope = config.objectOrNull("rope_parameters");
        float base = rope == null ? 10000 : rope.number("rope_theta", 10000, 1, Limits.ROPE_BASE);
        return config.number("rope_theta", base, 1, Limits.ROPE_BASE);
    }

    private void scaling(Target target) {
        Config rope = config.objectOrNull(config.has("rope_scaling") ? "rope_scaling" : "rope_parameters");
        String type = rope == null ? "default" : rope.string("rope_type", rope.string("type", "default"));
        if (rope != null && type.equals("linear")) {
            target.string("llama.rope.scaling.type", "linear")
                    .float32("llama.rope.scaling.factor", rope.number("factor", 1, 1e-3f, 1e6f));
        } else if (!type.equals("default")) {
            throw new UnsupportedModelException(config.file(), "rope scaling " + type, "default, linear");
        }
    }

    private void layer(Pool pool, Target target, String prefix, String name, String to, Adapter adapter) {
        target.exact(to + "attn_norm.weight", pool.take(prefix + name + "input_layernorm.weight", dim));
        String attention = name + "self_attn.";
        projection(pool, target, prefix, attention + "q_proj", to + "attn_q", heads, adapter);
        projection(pool, target, prefix, attention + "k_proj", to + "attn_k", kvHeads, adapter);
        linear(pool, target, prefix, attention + "v_proj", to + "attn_v", kvHeads * headDim, dim, adapter);
        linear(pool, target, prefix, attention + "o_proj", to + "attn_output", dim, heads * headDim, adapter);
        target.exact(to + "ffn_norm.weight", pool.take(prefix + name + "post_attention_layernorm.weight", dim));
        linear(pool, target, prefix, name + "mlp.gate_proj", to + "ffn_gate", ffn, dim, adapter);
        linear(pool, target, prefix, name + "mlp.up_proj", to + "ffn_up", ffn, dim, adapter);
        linear(pool, target, prefix, name + "mlp.down_proj", to + "ffn_down", dim, ffn, adapter);
    }

    private void projection(
            Pool pool, Target target, String prefix, String name, String to, int count, Adapter adapter) {
        long rows = (long) count * headDim;
        Values weight = adapter.adapt(name, pool.take(prefix + name + ".weight", rows, dim));
        target.tensor(to + ".weight", Views.neighbours(weight, count));
        if (pool.has(prefix + name + ".bias")) {
            target.exact(to + ".bias", Views.neighbours(pool.take(prefix + name + ".bias", rows), count));
        }
    }

    private static void linear(
            Pool pool, Target target, String prefix, String name, String to, long out, long in, Adapter adapter) {
        target.tensor(to + ".weight", adapter.adapt(name, pool.take(prefix + name + ".weight", out, in)));
        if (pool.has(prefix + name + ".bias")) {
            target.exact(to + ".bias", pool.take(prefix + name + ".bias", out));
        }
    }
}
