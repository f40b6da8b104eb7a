package io.peregrine.model.arch;

import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Weights;

/// The `qwen3` decoder: Qwen3, alone and under MiniCPM-V 4.5 and LightOnOCR.
///
/// The decoder of [TextLayers] with norms of each head's queries and keys, and rotary positions over the halves of
/// heads, whose length does not follow from the width. No biases; small models have no output matrix of their own. Not
/// here: mixtures of experts, YaRN, which files for long texts ask for.
///
/// Sources: arXiv 2505.09388; `ggml-org/llama.cpp : src/models/qwen3.cpp`.
final class Qwen3 {

    static final String NAME = "qwen3";

    private Qwen3() {}

    private static Decoder bind(TextKeys c, Weights w, int vocab) {
        return TextLayers.decoder(
                c,
                w,
                vocab,
                TextLayers.Attention.normed(w, c),
                c.positions(w, Rope.NEOX),
                PreNormDecoder.Traits.plain(c.context()));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(TextKeys.read(m, NAME), w, vocab);
}
