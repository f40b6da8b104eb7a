package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Rotary;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;

/// The `llama` decoder: Llama 1 to 3, Vicuna, Mistral, Yi, SmolLM and everything else that is converted to
/// it.
///
/// A [PreNormDecoder]: RMSNorm, grouped-query attention, rotary positions over interleaved pairs,
/// SwiGLU, an output matrix that may be the token table. Departures: biases where the file has them; rotary
/// scaling `none`, `linear`, or by the factors of the tensor `rope_freqs.weight` (Llama 3.1); a sliding window
/// (Mistral v0.1). Not here: mixtures of experts, YaRN.
///
/// Sources: arXiv 2302.13971, 2310.06825, 2407.21783; `ggml-org/llama.cpp : src/models/llama.cpp`.
final class Llama {

    private static final String NAME = "llama";

    private Llama() {}

    /// @param headDim elements of a head of queries, keys and values
    /// @param rotated how many of them turn with the position
    /// @param ropeScale of positions
    /// @param window rows that a row sees at most
    record Config(
            int layers,
            int dim,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int rotated,
            float ropeBase,
            float ropeScale,
            float normEps,
            int context,
            int window) {

        static Config read(Metadata m) {
            int dim = m.integer("llama.embedding_length", 1, Limits.WIDTH);
            int heads = m.integer("llama.attention.head_count", 1, Limits.HEADS);
            int kvHeads = m.integer("llama.attention.head_count_kv", heads, 1, heads);
            if (heads % kvHeads != 0) {
                throw new ModelFormatException(
                        m.file(),
                        "key llama.attention.head_count_kv",
                        Integer.toString(kvHeads),
                        "a divisor of llama.attention.head_count, which is " + heads,
                        "");
            }
            if (!m.has("llama.attention.key_length") && dim % heads != 0) {
                throw new ModelFormatException(
                        m.file(),
                        "key llama.attention.head_count",
                        Integer.toString(heads),
                        "a divisor of llama.embedding_length, which is " + dim,
                        "");
            }
            int headDim = m.integer("llama.attention.key_length", dim / heads, 1, Limits.HEAD_DIM);
            int valueDim = m.integer("llama.attention.value_length", headDim, 1, Limits.HEAD_DIM);
            if (valueDim != headDim) {
                throw new UnsupportedModelException(
                        m.file(),
                        "llama.attention.value_length " + valueDim + " beside llama.attention.key_length " + headDim,
                        "equal lengths");
            }
            int rotated = m.integer("llama.rope.dimension_count", headDim, 2, headDim);
            if (rotated % 2 != 0) {
                throw new ModelFormatException(
                        m.file(), "key llama.rope.dimension_count", Integer.toString(rotated), "an even number", "");
            }
            if (m.integer("llama.expert_count", 0, 0, Limits.EXPERTS) > 0) {
                throw new UnsupportedModelException(
                        m.file(), "a mixture of experts (llama.expert_count)", "dense llama models");
            }
            return new Config(
                    m.integer("llama.block_count", 1, Limits.LAYERS),
                    dim,
                    m.integer("llama.feed_forward_length", 1, Limits.WIDTH),
                    heads,
                    kvHeads,
                    headDim,
                    rotated,
                    m.number("llama.rope.freq_base", 10000, 1, Limits.ROPE_BASE),
                    RopeScaling.ofPositions(m, NAME),
                    m.number("llama.attention.layer_norm_rms_epsilon", 0, 1),
                    m.integer("llama.context_length", 1, Limits.CONTEXT),
                    slidingWindow(m));
        }
    }

    /// Mistral v0.1 has one; later ones have none, which some converters write as 0.
    private static int slidingWindow(Metadata m) {
        String key = "llama.attention.sliding_window";
        if (m.has(key + "_pattern")) {
            throw new UnsupportedModelException(
                    m.file(), key + "_pattern (windows in some layers only)", "one window for all layers, or none");
        }
        int window = m.integer(key, 0, 0, Limits.CONTEXT);
        return window == 0 ? Integer.MAX_VALUE : window;
    }

    private static Decoder bind(Config c, Weights w, int vocab) {
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim);
        List<PreNormDecoder.Layer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers; i++) {
            layers.add(layer(w, c, "blk." + i + "."));
        }
        float[] slower = w.vectorOrNull("rope_freqs.weight", c.rotated / 2);
        return new PreNormDecoder(
                embedding,
                layers,
                new Rotary(Rope.NORM, c.rotated, c.ropeBase, c.ropeScale, slower),
                w.rmsNorm("output_norm", c.dim, c.normEps),
                w.has("output.weight") ? w.linear("output", c.dim, vocab) : new Linear(embedding.table(), null),
                c.context)
                .withWindow(c.window);
    }

    private static PreNormDecoder.Layer layer(Weights w, Config c, String name) {
        return new PreNormDecoder.Layer(
                w.rmsNorm(name + "attn_norm", c.dim, c.normEps),
                SelfAttention.bind(w, name + "attn", c.dim, c.heads, c.kvHeads, c.headDim),
                w.rmsNorm(name + "ffn_norm", c.dim, c.normEps),
                Mlp.swiGlu(w, name + "ffn", c.dim, c.ffn));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = (m, w, vocab, projector, notes) -> bind(Config.read(m), w, vocab);
}
