package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Positions;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.Rotary;
import io.peregrine.model.block.Weights;

/// The `granite` decoder: Granite 3 and the dense models of Granite 4.
///
/// The decoder of [TextLayers] with rotary positions over interleaved pairs and four factors: of the rows that enter, of
/// the products of queries and keys, of what every part of a layer adds, and, as a divisor, of the logits. A
/// file that says that its positions are not finetuned has none. Not here: mixtures of experts, and the layers that
/// look at Mamba's states, which have architectures of their own.
///
/// Sources: `huggingface/transformers : models/granite/modeling_granite.py`;
/// `ggml-org/llama.cpp : src/models/granite.cpp, conversion/granite.py`.
final class Granite {

    static final String NAME = "granite";

    private Granite() {}

    /// The factors of a model of width 1 to millions: far from what a float cannot hold.
    ///
    /// @param embedding of the rows that enter, of tokens and of pictures
    /// @param residual of what every part of a layer adds
    /// @param logits what logits are divided by
    /// @param attention of the products of queries and keys
    record Factors(float embedding, float residual, float logits, float attention) {

        private static final float MIN = 1e-6f;
        private static final float MAX = 1e6f;

        /// Those of the file, or these where it has none.
        Factors read(Metadata m, String architecture) {
            return new Factors(
                    m.number(architecture + ".embedding_scale", embedding, MIN, MAX),
                    m.number(architecture + ".residual_scale", residual, MIN, MAX),
                    m.number(architecture + ".logit_scale", logits, MIN, MAX),
                    m.number(architecture + ".attention.scale", attention, MIN, MAX));
        }
    }

    static Decoder decoder(TextKeys c, Factors factors, Positions positions, Weights w, int vocab) {
        return TextLayers.decoder(
                c,
                w,
                vocab,
                (layer, plain) -> plain.withScale(factors.attention),
                positions,
                new PreNormDecoder.Traits(
                        c.context(), 1, false, 0, factors.embedding, factors.embedding, 1 / factors.logits),
                factors.residual);
    }

    private static Decoder bind(Metadata m, Weights w, int vocab) {
        TextKeys c = TextKeys.read(m, NAME);
        Factors factors = new Factors(1, 1, 1, (float) (1 / Math.sqrt(c.headDim()))).read(m, NAME);
        Positions positions = m.bool(NAME + ".rope.scaling.finetuned", true)
                ? c.positions(w, Rope.NORM)
                : new Rotary(Rope.NORM, c.rotated(), c.ropeBase(), 0, null);
        return decoder(c, factors, positions, w, vocab);
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = (m, w, vocab, projector, notes) -> bind(m, w, vocab);
}
