package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.PreNormLayer;
import io.peregrine.model.block.RowMixer;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.ShortConvolution;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The `lfm2` decoder: LFM2 and LFM2.5, which also speak in LFM2-VL.
///
/// Departures from the plain pre-norm decoder: most layers mix rows by a short gated convolution instead of
/// attention, those whose number of keys is 0; the others norm each head's queries and keys before they turn,
/// over halves of a head. The norm behind the last layer is stored as `token_embd_norm`. Not here: mixtures
/// of experts (`lfm2moe`), and models that read in both directions (embeddings).
///
/// Sources: `huggingface/transformers : models/lfm2/modeling_lfm2.py`; names as in `ggml-org/llama.cpp :
/// src/models/lfm2.cpp`.
final class Lfm2 {

    private static final String NAME = "lfm2";
    private static final String KV_HEADS = "lfm2.attention.head_count_kv";
    private static final String CAUSAL = "lfm2.attention.causal";

    /// Rows that a convolution sees; files that exist have 3.
    private static final int MAX_TAPS = 1024;

    private Lfm2() {}

    private static Decoder bind(Metadata m, Weights w, int vocab) {
        if (!m.bool(CAUSAL, true)) {
            throw new UnsupportedModelException(
                    m.file(), "a model that reads in both directions (" + CAUSAL + ")", "models that generate text");
        }
        int[] kvHeads = kvHeads(m);
        int most = Math.max(1, Arrays.stream(kvHeads).max().orElseThrow());
        TextKeys c = TextKeys.read(m, NAME, m.integer("lfm2.attention.head_count", 1, Limits.HEADS), most);
        int taps = m.integer("lfm2.shortconv.l_cache", 1, MAX_TAPS);
        int stored = m.integer("lfm2.attention.sliding_window", 0, 0, Limits.CONTEXT);
        int window = stored == 0 ? Integer.MAX_VALUE : stored;
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim());
        List<PreNormLayer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers(); i++) {
            String name = "blk." + i + ".";
            RowMixer mixer = kvHeads[i] == 0
                    ? ShortConvolution.bind(w, name + "shortconv", c.dim(), taps)
                    : attention(w, c, name + "attn", kvHeads[i], window);
            layers.add(new PreNormLayer(
                    w.rmsNorm(name + "attn_norm", c.dim(), c.normEps()),
                    mixer,
                    w.rmsNorm(name + "ffn_norm", c.dim(), c.normEps()),
                    Mlp.swiGlu(w, name + "ffn", c.dim(), c.ffn())));
        }
        return new PreNormDecoder(
                embedding,
                PreNormDecoder.stages(layers, c.positions(w, Rope.NEOX)),
                w.rmsNorm("token_embd_norm", c.dim(), c.normEps()),
                c.head(w, embedding),
                PreNormDecoder.Traits.plain(c.context()));
    }

    private static RowMixer attention(Weights w, TextKeys c, String prefix, int kvHeads, int window) {
        return SelfAttention.bind(w, prefix, c.dim(), c.heads(), kvHeads, c.headDim())
                .withNorms(
                        w.rmsNorm(prefix + "_q_norm", c.headDim(), c.normEps()),
                        w.rmsNorm(prefix + "_k_norm", c.headDim(), c.normEps()))
                .withWindow(window);
    }

    /// Heads of keys and values of each layer, 0 for a convolution.
    private static int[] kvHeads(Metadata m) {
        int layers = m.integer("lfm2.block_count", 1, Limits.LAYERS);
        int heads = m.integer("lfm2.attention.head_count", 1, Limits.HEADS);
        int[] stored = m.ints(KV_HEADS);
        if (stored == null || stored.length != layers) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + KV_HEADS,
                    stored == null ? "nothing" : stored.length + " numbers",
                    layers + " numbers, one for each layer",
                    "");
        }
        for (int i = 0; i < layers; i++) {
            if (stored[i] < 0 || stored[i] > heads || stored[i] > 0 && heads % stored[i] != 0) {
                throw new ModelFormatException(
                        m.file(),
                        "key " + KV_HEADS + ", element " + i,
                        Integer.toString(stored[i]),
                        "0 for a convolution, or a divisor of lfm2.attention.head_count, which is " + heads,
                        "");
            }
        }
        return stored;
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = (m, w, vocab, projector, notes) -> bind(m, w, vocab);
}
