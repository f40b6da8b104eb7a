package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.MultiRotary;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Weights;

/// The `qwen2vl` decoder of Qwen2-VL and Qwen2.5-VL: that of [Qwen2] whose rows have three positions, time, line and
/// column ([MultiRotary]).
///
/// Sources: arXiv 2409.12191, 2502.13923; `ggml-org/llama.cpp : src/models/qwen2vl.cpp`.
final class Qwen2Vl {

    static final String NAME = "qwen2vl";

    private Qwen2Vl() {}

    private static Decoder bind(Metadata m, TextKeys c, Weights w, int vocab) {
        return TextLayers.decoder(
                c,
                w,
                vocab,
                TextLayers.Attention.PLAIN,
                new MultiRotary(
                        Rope.NEOX, c.rotated(), c.ropeBase(), c.ropeScale(), MultiRotary.inSections(c.sections(m))),
                new PreNormDecoder.Traits(c.context(), MultiRotary.AXES, false, 0, 1, 1));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(m, TextKeys.read(m, NAME), w, vocab);
}
