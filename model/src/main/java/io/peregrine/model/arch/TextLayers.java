package io.peregrine.model.arch;

import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.Positions;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.PreNormLayer;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;

/// The parts of a text model by the names that nearly all files give them: RMSNorms, attention with queries, keys and
/// values of their own, SwiGLU, an output matrix that may be the token table. Biases are bound where the file has them.
///
/// Source: `ggml-org/llama.cpp : src/llama-arch.cpp`.
final class TextLayers {

    private TextLayers() {}

    /// What a family makes of the plain attention of a layer.
    @FunctionalInterface
    interface Attention {

        /// As it is.
        Attention PLAIN = (layer, plain) -> plain;

        /// With norms of each head's queries and keys, `attn_q_norm` and `attn_k_norm`, before they turn.
        static Attention normed(Weights w, TextKeys c) {
            return (layer, plain) -> plain.withNorms(
                    w.rmsNorm(layer + "attn_q_norm", c.headDim(), c.normEps()),
                    w.rmsNorm(layer + "attn_k_norm", c.headDim(), c.normEps()));
        }

        /// @param layer what the names of its tensors begin with, as `blk.0.`
        SelfAttention of(String layer, SelfAttention plain);
    }

    /// A decoder of layers that differ in their weights only.
    static Decoder decoder(
            TextKeys c,
            Weights w,
            int vocab,
            Attention attention,
            Positions positions,
            PreNormDecoder.Traits traits) {
        return decoder(c, w, vocab, attention, positions, traits, 1);
    }

    /// As [#decoder(TextKeys, Weights, int, Attention, Positions, PreNormDecoder.Traits)].
    ///
    /// @param residualScale as in [PreNormLayer]
    static Decoder decoder(
            TextKeys c,
            Weights w,
            int vocab,
            Attention attention,
            Positions positions,
            PreNormDecoder.Traits traits,
            float residualScale) {
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim());
        List<PreNormLayer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers(); i++) {
            layers.add(layer(w, c, attention, residualScale, "blk." + i + "."));
        }
        return new PreNormDecoder(
                embedding,
                PreNormDecoder.stages(layers, positions),
                w.rmsNorm("output_norm", c.dim(), c.normEps()),
                c.head(w, embedding),
                traits);
    }

    private static PreNormLayer layer(
            Weights w, TextKeys c, Attention attention, float residualScale, String name) {
        SelfAttention plain = SelfAttention.bind(w, name + "attn", c.dim(), c.heads(), c.kvHeads(), c.headDim());
        return new PreNormLayer(
                w.rmsNorm(name + "attn_norm", c.dim(), c.normEps()),
                attention.of(name, plain),
                null,
                w.rmsNorm(name + "ffn_norm", c.dim(), c.normEps()),
                Mlp.swiGlu(w, name + "ffn", c.dim(), c.ffn()),
                null,
                residualScale);
    }
}
