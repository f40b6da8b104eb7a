package io.peregrine.model.arch;

import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.ParallelLayer;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;

/// The `phi2` decoder: Phi-1, Phi-1.5 and Phi-2, and Moondream2 on it.
///
/// A [PreNormDecoder] of [ParallelLayer]s: one LayerNorm for attention and feed-forward part, both added at once;
/// biases everywhere, also in the output matrix; rotary positions in the first elements of a head only, over halves of
/// them; a feed-forward part with tanh-GELU and no gate. Queries, keys and values are separate or fused in `attn_qkv`,
/// one block of rows after the other.
///
/// Sources: arXiv 2309.05463; `huggingface/transformers : models/phi/modeling_phi.py`; names as in
/// `ggml-org/llama.cpp : src/models/phi2.cpp`.
final class Phi2 {

    static final String NAME = "phi2";

    private Phi2() {}

    private static Decoder bind(TextKeys c, Weights w, int vocab) {
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim());
        List<ParallelLayer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers(); i++) {
            layers.add(layer(w, c, "blk." + i + "."));
        }
        return new PreNormDecoder(
                embedding,
                PreNormDecoder.stages(layers, c.positions(w, Rope.NEOX)),
                w.layerNorm("output_norm", c.dim(), c.normEps()),
                c.head(w, embedding),
                PreNormDecoder.Traits.plain(c.context()));
    }

    private static ParallelLayer layer(Weights w, TextKeys c, String name) {
        return new ParallelLayer(
                w.layerNorm(name + "attn_norm", c.dim(), c.normEps()),
                w.has(name + "attn_qkv.weight")
                        ? SelfAttention.bindFused(w, name + "attn", c.dim(), c.heads(), c.kvHeads(), c.headDim())
                        : SelfAttention.bind(w, name + "attn", c.dim(), c.heads(), c.kvHeads(), c.headDim()),
                new Mlp(
                        null,
                        w.linear(name + "ffn_up", c.dim(), c.ffn()),
                        w.linear(name + "ffn_down", c.ffn(), c.dim()),
                        Activation.GELU_TANH));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(TextKeys.read(m, NAME), w, vocab);
}
