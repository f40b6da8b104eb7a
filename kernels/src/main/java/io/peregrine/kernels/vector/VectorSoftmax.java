package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Softmax as vectors.
public final class VectorSoftmax {

    /// Elements of scratch memory that [#row] needs.
    public static final int SCRATCH = 2 * Lanes.WIDTH;

    private static final int L = Lanes.WIDTH;

    /// Elements whose exponentials are summed in float before the sum goes on in double.
    private static final int BLOCK = 1024;

    private VectorSoftmax() {}

    /// `x = exp(x - max) / sum(exp(x - max))`. The elements after the last whole vector are computed in
    /// scratch memory as one more vector, filled up with -infinity.
    ///
    /// @param scratch at least [#SCRATCH] elements
    public static void row(float[] x, int offset, int length, float[] scratch) {
        int whole = length - length % L;
        for (int i = 0; i < L; i++) {
            scratch[i] = whole + i < length ? x[offset + whole + i] : Float.NEGATIVE_INFINITY;
        }
        float max = Math.max(max(x, offset, whole, scratch, L), Fold.max(scratch, 0));
        double sum = exponentials(scratch, 0, L, max, Exponential.LOG2_E, 1, scratch, L);
        for (int i = 0; i < whole; i += BLOCK) {
            sum += exponentials(x, offset + i, Math.min(BLOCK, whole - i), max, Exponential.LOG2_E, 1, scratch, L);
        }
        float scale = (float) (1 / sum);
        for (int i = 0; i < whole; i += L) {
            FloatVector.fromArray(Lanes.FLOAT, x, offset + i).mul(scale).intoArray(x, offset + i);
        }
        for (int i = whole; i < length; i++) {
            x[offset + i] = scratch[i - whole] * scale;
        }
    }

    /// The largest of `count` elements; any of them if one is NaN.
    ///
    /// @param count a multiple of [Lanes#WIDTH]
    /// @param scratch at least [Lanes#WIDTH] elements from `scratchOffset`
    public static float max(float[] x, int offset, int count, float[] scratch, int scratchOffset) {
        FloatVector least = FloatVector.broadcast(Lanes.FLOAT, Float.NEGATIVE_INFINITY);
        FloatVector max = least;
        for (int i = 0; i < count; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, offset + i);
            max = v.blend(max, v.compare(VectorOperators.LE, max));
        }
        least.blend(max, least.compare(VectorOperators.LE, max)).intoArray(scratch, scratchOffset);
        return Fold.max(scratch, scratchOffset);
    }

    /// `x = 2^((x - max) * factor)` for `count` elements, and their sum; what is written is multiplied by `unit`.
    ///
    /// @param count a multiple of [Lanes#WIDTH]
    /// @param scratch at least [Lanes#WIDTH] elements from `scratchOffset`
    public static float exponentials(
            float[] x,
            int offset,
            int count,
            float max,
            float factor,
            float unit,
            float[] scratch,
            int scratchOffset) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum = zero;
        for (int i = 0; i < count; i += L) {
            FloatVector e = Exponential.exp2(
                    FloatVector.fromArray(Lanes.FLOAT, x, offset + i).sub(max).mul(factor));
            e.mul(unit).intoArray(x, offset + i);
            sum = e.add(sum);
        }
        zero.add(sum).intoArray(scratch, scratchOffset);
        return Fold.sumPlainly(scratch, scratchOffset);
    }
}
