package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.MultiRotary;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Weights;
import java.util.Arrays;

/// The `qwen3vl` decoder of Qwen3-VL: that of [Qwen3] whose rows have three positions, time, line and column, which the
/// pairs of a head take in turn; pairs that are left over take time.
///
/// The first layers add a part of each row of a picture to their result (deepstack): as many as
/// `qwen3vl.n_deepstack_layers` says. llama.cpp does not turn the pairs that are left over, in text neither; the
/// authors do, and so does this (docs/FAMILIES.md).
///
/// Sources: arXiv 2511.21631; `huggingface/transformers : models/qwen3_vl/modeling_qwen3_vl.py`
/// (`apply_interleaved_mrope`); `ggml-org/llama.cpp : src/models/qwen3vl.cpp`.
final class Qwen3Vl {

    static final String NAME = "qwen3vl";

    private Qwen3Vl() {}

    private static int[] sections(Metadata m, TextKeys c) {
        int[] sections = c.sections(m);
        if (sections.length > MultiRotary.AXES && sections[MultiRotary.AXES] != 0) {
            throw new UnsupportedModelException(
                    m.file(),
                    NAME + ".rope.dimension_sections " + Arrays.toString(sections),
                    "sections of time, line and column, and 0 behind them");
        }
        return sections;
    }

    private static Decoder bind(Metadata m, TextKeys c, Weights w, int vocab) {
        int deep = m.integer(NAME + ".n_deepstack_layers", 0, 0, c.layers());
        return TextLayers.decoder(
                c,
                w,
                vocab,
                TextLayers.Attention.normed(w, c),
                new MultiRotary(
                        Rope.NEOX,
                        c.rotated(),
                        c.ropeBase(),
                        c.ropeScale(),
                        MultiRotary.inTurn(sections(m, c), c.rotated() / 2)),
                new PreNormDecoder.Traits(c.context(), MultiRotary.AXES, false, deep, 1, 1));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY =
            (m, w, vocab, projector, notes) -> bind(m, TextKeys.read(m, NAME), w, vocab);
}
