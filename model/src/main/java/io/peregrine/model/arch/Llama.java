package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Weights;

/// The `llama` decoder: Llama 1 to 3, Vicuna, Mistral, Yi, SmolLM and everything else that is converted to
/// it.
///
/// The decoder of [TextLayers] with rotary positions over interleaved pairs. Departures: rotary scaling `none`,
/// `linear`, or by the factors of the tensor `rope_freqs.weight` (Llama 3.1); a sliding window (Mistral v0.1). Not
/// here: mixtures of experts, YaRN.
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
        return TextLayers.decoder(
                c,
                w,
                vocab,
                (layer, plain) -> plain.withWindow(window),
                c.positions(w, Rope.NORM),
                PreNormDecoder.Traits.plain(c.context()));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(TextKeys.read(m, NAME), slidingWindow(m), w, vocab);
}
