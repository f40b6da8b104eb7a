package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.kernels.Rope;
import io.peregrine.model.block.LongRotary;
import io.peregrine.model.block.Positions;
import io.peregrine.model.block.Rotary;
import io.peregrine.model.block.Weights;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The keys and tensors of rotary positions with divisors of two kinds (`longrope`).
///
/// Files of an architecture whose converter does not write the divisors have none, which is the same as 1 everywhere,
/// as in llama.cpp.
///
/// @param trained the longest prompt of the near kind, in rows
/// @param magnitude what queries and keys are multiplied by
record LongRope(int trained, float magnitude) {

    static final String TYPE = "longrope";

    private static final String NEAR = "rope_factors_short.weight";
    private static final String FAR = "rope_factors_long.weight";
    private static final float MAX_MAGNITUDE = 1000;

    /// What the file says, or null if its positions are of another kind.
    ///
    /// @param context the longest sequence, which is the trained one too where the file does not say more
    static @Nullable LongRope readOrNull(Metadata m, String architecture, int context) {
        String scaling = architecture + ".rope.scaling.";
        return TYPE.equals(m.stringOrNull(scaling + "type"))
                ? new LongRope(
                        m.integer(scaling + "original_context_length", context, 1, Limits.CONTEXT),
                        m.number(scaling + "attn_factor", 1, 1 / MAX_MAGNITUDE, MAX_MAGNITUDE))
                : null;
    }

    Positions positions(Weights w, Rope layout, int rotated, float base) {
        float[] none = new float[rotated / 2];
        Arrays.fill(none, 1);
        boolean absent = !w.has(NEAR) && !w.has(FAR);
        float[] near = absent ? none : w.divisors(NEAR, rotated / 2);
        float[] far = absent ? none : w.divisors(FAR, rotated / 2);
        return Arrays.equals(near, far) && magnitude == 1
                ? new Rotary(layout, rotated, base, 1, near)
                : new LongRotary(layout, rotated, base, near, far, trained, magnitude);
    }
}
