package io.peregrine.model.arch;

import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Weights;

/// The `qwen2` decoder: Qwen2 and Qwen2.5, alone and under InternVL and MiniCPM-V 2.6.
///
/// The decoder of [TextLayers] with rotary positions over the halves of heads. Queries, keys and values have biases,
/// small models no output matrix of their own. Not here: YaRN, which files for long texts ask for.
///
/// Sources: arXiv 2407.10671, 2412.15115; `ggml-org/llama.cpp : src/models/qwen2.cpp`.
final class Qwen2 {

    static final String NAME = "qwen2";

    private Qwen2() {}

    private static Decoder bind(TextKeys c, Weights w, int vocab) {
        return TextLayers.decoder(
                c,
                w,
                vocab,
                TextLayers.Attention.PLAIN,
                c.positions(w, Rope.NEOX),
                PreNormDecoder.Traits.plain(c.context()));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(TextKeys.read(m, NAME), w, vocab);
}
