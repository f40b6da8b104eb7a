package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.PreNormLayer;
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

    private static Decoder bind(TextKeys c, int window, Weights w, int vocab) {
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim());
        List<PreNormLayer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers(); i++) {
            layers.add(layer(w, c, window, "blk." + i + "."));
        }
        return new PreNormDecoder(
                embedding,
                PreNormDecoder.stages(layers, c.positions(w, Rope.NORM)),
                w.rmsNorm("output_norm", c.dim(), c.normEps()),
                c.head(w, embedding),
                PreNormDecoder.Traits.plain(c.context()));
    }

    private static PreNormLayer layer(Weights w, TextKeys c, int window, String name) {
        return new PreNormLayer(
                w.rmsNorm(name + "attn_norm", c.dim(), c.normEps()),
                SelfAttention.bind(w, name + "attn", c.dim(), c.heads(), c.kvHeads(), c.headDim())
                        .withWindow(window),
                w.rmsNorm(name + "ffn_norm", c.dim(), c.normEps()),
                Mlp.swiGlu(w, name + "ffn", c.dim(), c.ffn()));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(TextKeys.read(m, NAME), slidingWindow(m), w, vocab);
}
