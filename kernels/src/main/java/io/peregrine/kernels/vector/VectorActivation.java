package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/// The functions of [io.peregrine.kernels.Activation] as vectors.
///
/// Each replaces `count` elements of `x` by their function, times the elements of `up` if there is one;
/// `count` is a multiple of [Lanes#WIDTH].
public final class VectorActivation {

    private static final int L = Lanes.WIDTH;

    /// `2 * sqrt(2 / pi) * log2(e)`: the exponent of the sigmoid that is `(1 + tanh) / 2`, in powers of two.
    private static final float TANH_FACTOR = 2.3022082f;

    private static final float TANH_CUBE = 0.044715f;

    /// `log2(e) / 2`.
    private static final float HALF_LOG2_E = 0.72134752f;

    // With t = 1 / (1 + 0.3 u), erfc(u / sqrt 2) / 2 = exp(-u^2 / 2) * (T1 t + ... + T8 t^8), less than 1.6e-7 of its
    // value off for u up to 14 (minimax, coefficients rounded to float one after the other).
    private static final float T0 = 0.3f;
    private static final float T1 = 0.11962862f;
    private static final float T2 = 0.12076582f;
    private static final float T3 = 0.09982966f;
    private static final float T4 = 0.12887292f;
    private static final float T5 = -0.054339524f;
    private static final float T6 = 0.20713891f;
    private static final float T7 = -0.15769932f;
    private static final float T8 = 0.035802837f;

    private VectorActivation() {}

    /// `x * sigmoid(factor * x)`: SiLU and the quick GELU.
    public static void swish(float factor, float[] x, int offset, float @Nullable [] up, int upOffset, int count) {
        float exponent = -factor * Exponential.LOG2_E;
        for (int i = 0; i < count; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, offset + i);
            FloatVector y = v.div(Exponential.exp2Any(v.mul(exponent)).add(1));
            if (up != null) {
                y = y.mul(FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i));
            }
            y.intoArray(x, offset + i);
        }
    }

    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))`, which is `x * sigmoid` of twice that
    /// argument.
    public static void geluTanh(float[] x, int offset, float @Nullable [] up, int upOffset, int count) {
        for (int i = 0; i < count; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, offset + i);
            FloatVector cube = v.mul(v).mul(TANH_CUBE).add(1).mul(v);
            FloatVector y = v.div(Exponential.exp2Any(cube.mul(-TANH_FACTOR)).add(1));
            if (up != null) {
                y = y.mul(FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i));
            }
            y.intoArray(x, offset + i);
        }
    }

    /// `x / 2 * (1 + erf(x / sqrt 2))`. Half of it is taken as the complement, whose small values on the
    /// negative side keep their relative accuracy.
    public static void geluErf(float[] x, int offset, float @Nullable [] up, int upOffset, int count) {
        for (int i = 0; i < count; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, offset + i);
            FloatVector tail = halfComplementaryError(v.lanewise(VectorOperators.ABS));
            FloatVector y = v.mul(tail.blend(
                    FloatVector.broadcast(Lanes.FLOAT, 1).sub(tail), v.compare(VectorOperators.GT, 0)));
            if (up != null) {
                y = y.mul(FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i));
            }
            y.intoArray(x, offset + i);
        }
    }

    /// `erfc(u / sqrt 2) / 2` for `u >= 0`.
    private static FloatVector halfComplementaryError(FloatVector u) {
        FloatVector t = FloatVector.broadcast(Lanes.FLOAT, 1)
                .div(FloatVector.broadcast(Lanes.FLOAT, T0).fma(u, FloatVector.broadcast(Lanes.FLOAT, 1)));
        FloatVector p = FloatVector.broadcast(Lanes.FLOAT, T8)
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T7))
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T6))
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T5))
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T4))
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T3))
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T2))
                .fma(t, FloatVector.broadcast(Lanes.FLOAT, T1))
                .mul(t);
        return p.mul(Exponential.exp2(u.mul(u).mul(-HALF_LOG2_E)));
    }

    /// `max(x, 0)`.
    public static void relu(float[] x, int offset, float @Nullable [] up, int upOffset, int count) {
        for (int i = 0; i < count; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, offset + i);
            FloatVector y = v.blend(0, v.compare(VectorOperators.LT, 0));
            if (up != null) {
                y = y.mul(FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i));
            }
            y.intoArray(x, offset + i);
        }
    }

    /// `max(x, 0)^2`.
    public static void reluSquared(float[] x, int offset, float @Nullable [] up, int upOffset, int count) {
        for (int i = 0; i < count; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, offset + i);
            FloatVector positive = v.blend(0, v.compare(VectorOperators.LT, 0));
            FloatVector y = positive.mul(positive);
            if (up != null) {
                y = y.mul(FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i));
            }
            y.intoArray(x, offset + i);
        }
    }
}
