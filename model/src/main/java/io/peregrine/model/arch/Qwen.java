package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Mlp;
import io.peregrine.model.block.Positions;
import io.peregrine.model.block.PreNormDecoder;
import io.peregrine.model.block.PreNormLayer;
import io.peregrine.model.block.SelfAttention;
import io.peregrine.model.block.StretchedRotary;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The `qwen` decoder: Qwen-7B of the first generation, under Qwen-VL and Qwen-VL-Chat.
///
/// A [PreNormDecoder]: RMSNorm, multi-head attention whose queries, keys and values lie in one matrix, with
/// the only biases of the model, rotary positions over halves, SwiGLU. Positions beyond the trained length are
/// stretched ([StretchedRotary]), which no other engine that reads such files does. Files give twice the width
/// of the feed-forward part as its length, as the original configuration has it.
///
/// Sources: arXiv 2309.16609; `modeling_qwen.py` of the checkpoint `Qwen/Qwen-VL`; names as in `ggml-org/llama.cpp :
/// src/models/qwen.cpp`.
final class Qwen {

    private static final String NTK = "qwen.rope.dynamic_ntk";
    private static final String LOGN = "qwen.attention.logn";
    private static final String TRAINED = "qwen.rope.train_length";
    private static final int USUAL_TRAINED = 2048;

    private Qwen() {}

    /// @param ffn the real width of the feed-forward part
    /// @param trained the length up to which positions are as in training
    record Config(
            int layers,
            int dim,
            int ffn,
            int heads,
            int rotated,
            float ropeBase,
            float ropeScale,
            int trained,
            boolean ntk,
            boolean logn,
            float normEps,
            int context) {

        /// @param vl whether the model is a Qwen-VL, whose files may leave out what all of that family have
        static Config read(Metadata m, boolean vl) {
            int dim = m.integer("qwen.embedding_length", 1, Limits.WIDTH);
            int heads = m.integer("qwen.attention.head_count", 1, Limits.HEADS);
            int headDim = dim / heads;
            if (dim % heads != 0 || headDim < 2) {
                throw wrong(m, "qwen.attention.head_count", heads, "a divisor of qwen.embedding_length, which is " + dim
                        + ", with at least 2 elements for each head");
            }
            int rotated = m.integer("qwen.rope.dimension_count", headDim, 2, headDim);
            if (rotated % 2 != 0) {
                throw wrong(m, "qwen.rope.dimension_count", rotated, "an even number");
            }
            int doubled = m.integer("qwen.feed_forward_length", 2, Limits.WIDTH);
            if (doubled % 2 != 0) {
                throw wrong(m, "qwen.feed_forward_length", doubled, "an even number, twice the width");
            }
            boolean ntk = m.bool(NTK, vl);
            int trained = m.integer(TRAINED, USUAL_TRAINED, 2, Limits.CONTEXT);
            int context = m.integer("qwen.context_length", 1, Limits.CONTEXT);
            return new Config(
                    m.integer("qwen.block_count", 1, Limits.LAYERS),
                    dim,
                    doubled / 2,
                    heads,
                    rotated,
                    m.number("qwen.rope.freq_base", 10000, 1, Limits.ROPE_BASE),
                    RopeScaling.ofPositions(m, "qwen"),
                    trained,
                    ntk,
                    m.bool(LOGN, vl),
                    m.number("qwen.attention.layer_norm_rms_epsilon", 0, 1),
                    ntk ? Math.max(context, trained) : context);
        }

        private static ModelFormatException wrong(Metadata m, String key, int found, String expected) {
            return new ModelFormatException(m.file(), "key " + key, Integer.toString(found), expected, "");
        }

        /// Says what was decided where the file is silent.
        void note(Metadata m, boolean vl, Consumer<String> notes) {
            List<String> absent = new ArrayList<>();
            Stream.of(NTK, LOGN).filter(key -> !m.has(key)).forEach(absent::add);
            String reason = absent.isEmpty() ? "" : vl ? ", as in every Qwen-VL" : ": no vision file of Qwen-VL beside it";
            if ((ntk || logn) && !m.has(TRAINED)) {
                absent.add(TRAINED);
            }
            if (!absent.isEmpty()) {
                notes.accept(m.file() + ": no " + String.join(", ", absent) + "; dynamic NTK is " + (ntk ? "on" : "off")
                        + ", logn " + (logn ? "on" : "off") + (ntk || logn ? ", the trained length " + trained : "")
                        + reason);
            }
        }
    }

    private static Decoder bind(Metadata m, Weights w, int vocab, String projector, Consumer<String> notes) {
        boolean vl = projector.equals(QwenVl.PROJECTOR);
        Config c = Config.read(m, vl);
        c.note(m, vl, notes);
        TokenEmbedding embedding = TokenEmbedding.bind(w, "token_embd.weight", vocab, c.dim);
        List<PreNormLayer> layers = new ArrayList<>();
        for (int i = 0; i < c.layers; i++) {
            layers.add(layer(w, c, "blk." + i + "."));
        }
        Positions positions =
                new StretchedRotary(Rope.NEOX, c.rotated, c.ropeBase, c.ropeScale, c.trained, c.ntk, c.logn);
        return new PreNormDecoder(
                embedding,
                PreNormDecoder.stages(layers, positions),
                w.rmsNorm("output_norm", c.dim, c.normEps),
                w.linear("output", c.dim, vocab),
                PreNormDecoder.Traits.plain(c.context));
    }

    private static PreNormLayer layer(Weights w, Config c, String name) {
        return new PreNormLayer(
                w.rmsNorm(name + "attn_norm", c.dim, c.normEps),
                SelfAttention.bindFused(w, name + "attn", c.dim, c.heads, c.heads, c.dim / c.heads),
                w.rmsNorm(name + "ffn_norm", c.dim, c.normEps),
                Mlp.swiGlu(w, name + "ffn", c.dim, c.ffn));
    }

    /// Registered in [io.peregrine.model.arch.Decoders].
    static final Decoders.Factory FACTORY = Qwen::bind;
}
