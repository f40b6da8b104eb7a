package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.PreNormLayer;
import io.peregrine.model.block.Rotary;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;

/// The `persimmon` decoder: Persimmon-8B, and Fuyu-8B on it.
///
/// A [PreNormDecoder] with LayerNorm, biases everywhere but in the output matrix, a LayerNorm of each head's
/// queries and keys before their positions, rotary positions in the first elements of a head only, over
/// halves of them, and a feed-forward part with the squared ReLU and no gate. Rows of the fused
/// `attn_qkv` are query, key and value of each head in turn, as the model was trained and converters left
/// them; separate `attn_q`, `attn_k`, `attn_v` do as well.
///
/// Sources: `huggingface/transformers : models/persimmon/modeling_persimmon.py`; `ggml-org/llama.cpp` before
/// pull request 7408, `llama.cpp` (`build_persimmon`).
final class Persimmon {

    private Persimmon() {}

    /// @param rotated how many elements of a head turn with the position
    record Config(
            int layers, int dim, int ffn, int heads, int headDim, int rotated, float ropeBase, float normEps, int context) {

        static Config read(Metadata m) {
            int dim = m.integer("persimmon.embedding_length", 1, Limits.WIDTH);
            int heads = m.integer("persimmon.attention.head_count", 1, Limits.HEADS);
            if (dim % heads != 0) {
                throw new ModelFormatException(
                        m.file(),
                        "key persimmon.attention.head_count",
                        Integer.toString(heads),
                        "a divisor of persimmon.embedding_length, which is " + dim,
                        "");
            }
            int kvHeads = m.integer("persimmon.attention.head_count_kv", heads, 1, heads);
            if (kvHeads != heads) {
                throw new UnsupportedModelException(
                        m.file(),
                        "persimmon.attention.head_count_kv " + kvHeads + " beside persimmon.attention.head_count "
                                + heads,
                        "equal numbers");
            }
            int headDim = dim / heads;
            int rotated = m.integer("persimmon.rope.dimension_count", 2, Math.max(2, headDim));
            if (rotated % 2 != 0 || rotated > headDim) {
                throw new ModelFormatException(
                        m.file(),
                        "key persimmon.rope.dimension_count",
                        Integer.toString(rotated),
                        "an even number up to " + headDim + ", the width of a head",
                        "");
            }
            return new Config(
                    m.integer("persimmon.block_count", 1, Limits.LAYERS),
                    dim,
                    m.integer("persimmon.feed_forward_length", 1, Limits.WIDTH),
                    heads,
                    headDim,
                    rotated,
                    m.number("persimmon.rope.freq_base", 25000, 1, Limits.ROPE_BASE),
                    m.number("persimmon.attention.layer_norm_epsilon", 0, 1),
                    m.integer("persimmon.context_length", 1, Limits.CONTEXT));
        }
    }

    private static Decoder bind(Config c, Weights w, int vocab) {
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim);
        List<PreNormLayer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers; i++) {
            layers.add(layer(w, c, "blk." + i + "."));
        }
        return new PreNormDecoder(
                embedding,
                PreNormDecoder.stages(layers, new Rotary(Rope.NEOX, c.rotated, c.ropeBase, 1, null)),
                w.layerNorm("output_norm", c.dim, c.normEps),
                w.linear("output", c.dim, vocab),
                PreNormDecoder.Traits.plain(c.context));
    }

    private static PreNormLayer layer(Weights w, Config c, String name) {
        SelfAttention attention = SelfAttention.bindInterleaved(w, name + "attn", c.dim, c.heads, c.headDim)
                .withNorms(
                        w.layerNorm(name + "attn_q_norm", c.headDim, c.normEps),
                        w.layerNorm(name + "attn_k_norm", c.headDim, c.normEps));
        return new PreNormLayer(
                w.layerNorm(name + "attn_norm", c.dim, c.normEps),
                attention,
                w.layerNorm(name + "ffn_norm", c.dim, c.normEps),
                new Mlp(
                        null,
                        w.linear(name + "ffn_up", c.dim, c.ffn),
                        w.linear(name + "ffn_down", c.ffn, c.dim),
                        Activation.RELU_SQUARED));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = (m, w, vocab, projector, notes) -> bind(Config.read(m), w, vocab);
}
