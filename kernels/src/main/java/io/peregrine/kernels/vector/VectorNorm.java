package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Normalisation of one row as vectors. Sums run over four vectors of partial sums, folded in a fixed order.
public final class VectorNorm {

    /// Elements of scratch memory that a row needs.
    public static final int SCRATCH = 2 * Lanes.WIDTH;

    private static final int L = Lanes.WIDTH;

    private VectorNorm() {}

    /// `y = x / sqrt(mean(x^2) + eps) * weight`.
    ///
    /// @param scratch at least [#SCRATCH] elements
    public static void rms(
            float @Nullable [] weight, float eps, float[] x, int in, int dim, float[] y, int out, float[] scratch) {
        double sum = squares(x, in, dim, scratch);
        float scale = (float) (1 / Math.sqrt(sum / dim + eps));
        int i = 0;
        if (weight == null) {
            for (; i <= dim - L; i += L) {
                FloatVector.fromArray(Lanes.FLOAT, x, in + i).mul(scale).intoArray(y, out + i);
            }
        } else {
            for (; i <= dim - L; i += L) {
                FloatVector.fromArray(Lanes.FLOAT, x, in + i)
                        .mul(scale)
                        .mul(FloatVector.fromArray(Lanes.FLOAT, weight, i))
                        .intoArray(y, out + i);
            }
        }
        for (; i < dim; i++) {
            y[out + i] = x[in + i] * scale * (weight == null ? 1 : weight[i]);
        }
    }

    /// `y = (x - mean) / sqrt(variance + eps) * weight + bias`.
    ///
    /// The variance is taken around a first, rounded mean; the sum of the same differences says how far that
    /// is from the mean, so that a large offset common to all elements costs no accuracy.
    ///
    /// @param scratch at least [#SCRATCH] elements
    public static void layer(
            float[] weight,
            float @Nullable [] bias,
            float eps,
            float[] x,
            int in,
            int dim,
            float[] y,
            int out,
            float[] scratch) {
        float first = (float) (sum(x, in, dim, scratch) / dim);
        double squares = differences(x, in, dim, first, scratch);
        double rest = scratch[0] / (double) dim;
        float shift = (float) rest;
        float scale = (float) (1 / Math.sqrt(Math.max(0, squares / dim - rest * rest) + eps));
        int i = 0;
        for (; i <= dim - L; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, in + i)
                    .sub(first)
                    .sub(shift)
                    .mul(scale)
                    .mul(FloatVector.fromArray(Lanes.FLOAT, weight, i));
            if (bias != null) {
                v = v.add(FloatVector.fromArray(Lanes.FLOAT, bias, i));
            }
            v.intoArray(y, out + i);
        }
        for (; i < dim; i++) {
            y[out + i] = (x[in + i] - first - shift) * scale * weight[i] + (bias == null ? 0 : bias[i]);
        }
    }

    private static double squares(float[] x, int in, int dim, float[] scratch) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        int i = 0;
        for (; i <= dim - 4 * L; i += 4 * L) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOAT, x, in + i);
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + L);
            FloatVector v2 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + 2 * L);
            FloatVector v3 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + 3 * L);
            s0 = v0.fma(v0, s0);
            s1 = v1.fma(v1, s1);
            s2 = v2.fma(v2, s2);
            s3 = v3.fma(v3, s3);
        }
        for (; i <= dim - L; i += L) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, in + i);
            s0 = v.fma(v, s0);
        }
        zero.add(s0).add(s1).add(s2).add(s3).intoArray(scratch, 0);
        double sum = Fold.sumPlainly(scratch, 0);
        for (; i < dim; i++) {
            sum += x[in + i] * x[in + i];
        }
        return sum;
    }

    private static double sum(float[] x, int in, int dim, float[] scratch) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        int i = 0;
        for (; i <= dim - 4 * L; i += 4 * L) {
            s0 = FloatVector.fromArray(Lanes.FLOAT, x, in + i).add(s0);
            s1 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + L).add(s1);
            s2 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + 2 * L).add(s2);
            s3 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + 3 * L).add(s3);
        }
        for (; i <= dim - L; i += L) {
            s0 = FloatVector.fromArray(Lanes.FLOAT, x, in + i).add(s0);
        }
        zero.add(s0).add(s1).add(s2).add(s3).intoArray(scratch, 0);
        double sum = Fold.sumPlainly(scratch, 0);
        for (; i < dim; i++) {
            sum += x[in + i];
        }
        return sum;
    }

    /// The sum of the squares of `x - first`; leaves the sum of `x - first` in `scratch[0]`.
    private static double differences(float[] x, int in, int dim, float first, float[] scratch) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum0 = zero;
        FloatVector sum1 = zero;
        FloatVector squares0 = zero;
        FloatVector squares1 = zero;
        int i = 0;
        for (; i <= dim - 2 * L; i += 2 * L) {
            FloatVector d0 = FloatVector.fromArray(Lanes.FLOAT, x, in + i).sub(first);
            FloatVector d1 = FloatVector.fromArray(Lanes.FLOAT, x, in + i + L).sub(first);
            sum0 = d0.add(sum0);
            sum1 = d1.add(sum1);
            squares0 = d0.fma(d0, squares0);
            squares1 = d1.fma(d1, squares1);
        }
        for (; i <= dim - L; i += L) {
            FloatVector d = FloatVector.fromArray(Lanes.FLOAT, x, in + i).sub(first);
            sum0 = d.add(sum0);
            squares0 = d.fma(d, squares0);
        }
        zero.add(sum0).add(sum1).intoArray(scratch, 0);
        zero.add(squares0).add(squares1).intoArray(scratch, L);
        float sum = Fold.sumPlainly(scratch, 0);
        double squares = Fold.sumPlainly(scratch, L);
        for (; i < dim; i++) {
            float d = x[in + i] - first;
            sum += d;
            squares += d * d;
        }
        scratch[0] = sum;
        return squares;
    }
}
