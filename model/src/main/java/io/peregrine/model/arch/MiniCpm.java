package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Weights;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The `minicpm` decoder: MiniCPM 1, 2 and 4, alone and under MiniCPM-V 4.
///
/// The decoder of [Granite] without a factor of its own for attention. Files of before 2025 do not have the others: all
/// models of that time have `scale_emb` 12, `scale_depth` 1.4 and `dim_model_base` 256. MiniCPM 4 has
/// [LongRope]. Not here: MiniCPM 3, whose keys are compressed (`minicpm3`).
///
/// Sources: arXiv 2404.06395; `modeling_minicpm.py` of the checkpoint `openbmb/MiniCPM-2B-sft-bf16`;
/// `ggml-org/llama.cpp : src/models/minicpm.cpp, conversion/minicpm.py`. By default llama.cpp multiplies logits by what
/// the authors divide them by.
final class MiniCpm {

    static final String NAME = "minicpm";

    private static final float SCALE_EMBEDDING = 12;
    private static final double SCALE_DEPTH = 1.4;
    private static final float BASE_WIDTH = 256;

    private MiniCpm() {}

    private static Decoder bind(Metadata m, Weights w, int vocab, Consumer<String> notes) {
        TextKeys c = TextKeys.read(m, NAME);
        Granite.Factors usual = new Granite.Factors(
                SCALE_EMBEDDING,
                (float) (SCALE_DEPTH / Math.sqrt(c.layers())),
                c.dim() / BASE_WIDTH,
                (float) (1 / Math.sqrt(c.headDim())));
        Granite.Factors factors = usual.read(m, NAME);
        List<String> absent = Stream.of("minicpm.embedding_scale", "minicpm.residual_scale", "minicpm.logit_scale")
                .filter(key -> !m.has(key))
                .toList();
        if (!absent.isEmpty()) {
            notes.accept(m.file() + ": no " + String.join(", ", absent) + "; as in MiniCPM 1, embeddings are multiplied by "
                    + factors.embedding() + ", parts of layers by " + factors.residual() + ", logits divided by "
                    + factors.logits());
        }
        return Granite.decoder(c, factors, c.positions(w, Rope.NORM), w, vocab);
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = (m, w, vocab, projector, notes) -> bind(m, w, vocab, notes);
}
