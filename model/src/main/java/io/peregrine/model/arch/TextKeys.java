package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.MultiRotary;
import io.peregrine.model.block.Positions;
import io.peregrine.model.block.Rotary;
import io.peregrine.model.block.TokenEmbedding;
import io.peregrine.model.block.Weights;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The hyper-parameters that nearly every text model has, under keys that begin with its architecture's name.
///
/// Source: `ggml-org/ggml : docs/gguf.md`; `ggml-org/llama.cpp : src/llama-arch.cpp`.
///
/// @param ffn width between the two layers of a feed-forward part
/// @param headDim elements of a head of queries, keys and values
/// @param rotated how many of them turn with the position
/// @param ropeScale of positions
/// @param longRope how positions go on beyond the trained length, or null
/// @param context the longest sequence that it was trained for
record TextKeys(
        String architecture,
        int layers,
        int dim,
        int ffn,
        int heads,
        int kvHeads,
        int headDim,
        int rotated,
        float ropeBase,
        float ropeScale,
        @Nullable LongRope longRope,
        float normEps,
        int context) {

    private static final int MOST_SECTIONS = MultiRotary.AXES + 1;

    /// Models of one kind of attention layers throughout.
    ///
    /// @throws UnsupportedModelException for keys and values of different lengths, and for mixtures of experts
    static TextKeys read(Metadata m, String architecture) {
        int heads = m.integer(architecture + ".attention.head_count", 1, Limits.HEADS);
        int kvHeads = m.integer(architecture + ".attention.head_count_kv", heads, 1, heads);
        return read(m, architecture, heads, kvHeads);
    }

    /// Models whose layers do not all have the same heads.
    ///
    /// @param heads those of the layers that attend, as `kvHeads`
    static TextKeys read(Metadata m, String architecture, int heads, int kvHeads) {
        int dim = m.integer(architecture + ".embedding_length", 1, Limits.WIDTH);
        if (heads % kvHeads != 0) {
            throw wrong(
                    m,
                    architecture + ".attention.head_count_kv",
                    kvHeads,
                    "a divisor of " + architecture + ".attention.head_count, which is " + heads);
        }
        String keyLength = architecture + ".attention.key_length";
        if (!m.has(keyLength) && dim % heads != 0) {
            throw wrong(
                    m,
                    architecture + ".attention.head_count",
                    heads,
                    "a divisor of " + architecture + ".embedding_length, which is " + dim);
        }
        int headDim = m.integer(keyLength, dim / heads, 1, Limits.HEAD_DIM);
        String valueLength = architecture + ".attention.value_length";
        int valueDim = m.integer(valueLength, headDim, 1, Limits.HEAD_DIM);
        if (valueDim != headDim) {
            throw new UnsupportedModelException(
                    m.file(), valueLength + " " + valueDim + " beside " + keyLength + " " + headDim, "equal lengths");
        }
        int rotated = m.integer(architecture + ".rope.dimension_count", headDim, 2, headDim);
        if (rotated % 2 != 0) {
            throw wrong(m, architecture + ".rope.dimension_count", rotated, "an even number");
        }
        String experts = architecture + ".expert_count";
        if (m.integer(experts, 0, 0, Limits.EXPERTS) > 0) {
            throw new UnsupportedModelException(
                    m.file(), "a mixture of experts (" + experts + ")", "dense " + architecture + " models");
        }
        int context = m.integer(architecture + ".context_length", 1, Limits.CONTEXT);
        LongRope longRope = LongRope.readOrNull(m, architecture, context);
        String rms = architecture + ".attention.layer_norm_rms_epsilon";
        String plain = architecture + ".attention.layer_norm_epsilon";
        return new TextKeys(
                architecture,
                m.integer(architecture + ".block_count", 1, Limits.LAYERS),
                dim,
                m.integer(architecture + ".feed_forward_length", 1, Limits.WIDTH),
                heads,
                kvHeads,
                headDim,
                rotated,
                m.number(architecture + ".rope.freq_base", 10000, 1, Limits.ROPE_BASE),
                longRope == null ? RopeScaling.ofPositions(m, architecture) : 1,
                longRope,
                m.number(m.has(plain) && !m.has(rms) ? plain : rms, 0, 1),
                context);
    }

    private static ModelFormatException wrong(Metadata m, String key, int found, String expected) {
        return new ModelFormatException(m.file(), "key " + key, Integer.toString(found), expected, "");
    }

    /// The usual rotary positions, divided by the factors of `rope_freqs.weight` where the file has them, or those of
    /// [LongRope].
    Positions positions(Weights w, Rope layout) {
        if (longRope != null) {
            return longRope.positions(w, layout, rotated, ropeBase);
        }
        String divisors = "rope_freqs.weight";
        float[] factors = w.has(divisors) ? w.divisors(divisors, rotated / 2) : null;
        return new Rotary(layout, rotated, ropeBase, ropeScale, factors);
    }

    /// How many of the pairs that turn do so with each axis of a position: time, line, column, and a fourth that no
    /// picture has.
    int[] sections(Metadata m) {
        String key = architecture + ".rope.dimension_sections";
        if (longRope != null) {
            throw new UnsupportedModelException(
                    m.file(), architecture + ".rope.scaling.type '" + LongRope.TYPE + "' beside " + key, "only one of them");
        }
        int[] sections = m.ints(key);
        if (sections == null || !counts(sections)) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + key,
                    sections == null
                            ? "nothing"
                            : sections.length > MOST_SECTIONS
                                    ? sections.length + " numbers"
                                    : Arrays.toString(sections),
                    MultiRotary.AXES + " or " + MOST_SECTIONS + " numbers from 0 whose sum is " + rotated / 2
                            + ", half of what turns of a head",
                    "");
        }
        return sections;
    }

    /// Whether numbers of pairs are as many as axes, and together all pairs.
    private boolean counts(int[] sections) {
        return sections.length >= MultiRotary.AXES
                && sections.length <= MOST_SECTIONS
                && Arrays.stream(sections).allMatch(section -> section >= 0)
                && Arrays.stream(sections).asLongStream().sum() == rotated / 2;
    }

    /// The output matrix `output`, or the token table where the file has none.
    Linear head(Weights w, TokenEmbedding embedding) {
        return w.has("output.weight")
                ? w.linear("output", dim, embedding.table().rows())
                : new Linear(embedding.table(), null);
    }
}
