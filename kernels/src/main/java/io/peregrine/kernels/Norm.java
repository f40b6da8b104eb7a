package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarNorm;
import io.peregrine.kernels.vector.VectorNorm;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Normalisation of rows.
public final class Norm {

    private Norm() {}

    /// RMSNorm: `y = x / sqrt(mean(x^2) + eps) * weight`. `x` and `y` may be the same rows.
    ///
    /// Source: Zhang and Sennrich, arXiv:1910.07467.
    ///
    /// @param weight `[dim]`, or null for ones
    /// @param x `[rows, dim]` from `xOffset`, rows `xStride` apart
    /// @param y `[rows, dim]` from `yOffset`, rows `yStride` apart
    /// @throws IllegalArgumentException if an array is too short
    public static void rms(
            Compute compute,
            float @Nullable [] weight,
            float eps,
            float[] x,
            int xOffset,
            int xStride,
            int rows,
            int dim,
            float[] y,
            int yOffset,
            int yStride) {
        compute.norm.start(true, weight, null, eps, x, xOffset, xStride, rows, dim, y, yOffset, yStride);
    }

    /// LayerNorm: `y = (x - mean) / sqrt(variance + eps) * weight + bias`. `x` and `y` may be the same rows.
    ///
    /// Source: Ba, Kiros and Hinton, arXiv:1607.06450.
    ///
    /// @param weight `[dim]`
    /// @param bias `[dim]`, or null for zeros
    /// @throws IllegalArgumentException if an array is too short
    public static void layer(
            Compute compute,
            float[] weight,
            float @Nullable [] bias,
            float eps,
            float[] x,
            int xOffset,
            int xStride,
            int rows,
            int dim,
            float[] y,
            int yOffset,
            int yStride) {
        compute.norm.start(false, weight, bias, eps, x, xOffset, xStride, rows, dim, y, yOffset, yStride);
    }

    /// Arguments of a call.
    static final class Task extends RowsTask {

        private final Compute compute;
        private boolean rms;
        private float @Nullable [] weight;
        private float @Nullable [] bias;
        private float eps;
        private float[] x = {};
        private int xOffset;
        private int xStride;
        private int dim;
        private float[] y = {};
        private int yOffset;
        private int yStride;

        Task(Compute compute) {
            this.compute = compute;
        }

        private void start(
                boolean rms,
                float @Nullable [] weight,
                float @Nullable [] bias,
                float eps,
                float[] x,
                int xOffset,
                int xStride,
                int rows,
                int dim,
                float[] y,
                int yOffset,
                int yStride) {
            Checks.positive("dim", dim);
            Checks.rows("x", x.length, xOffset, xStride, rows, dim);
            Checks.rows("y", y.length, yOffset, yStride, rows, dim);
            Checks.range("weight", weight == null ? dim : weight.length, 0, dim);
            Checks.range("bias", bias == null ? dim : bias.length, 0, dim);
            this.rms = rms;
            this.weight = weight;
            this.bias = bias;
            this.eps = eps;
            this.x = x;
            this.xOffset = xOffset;
            this.xStride = xStride;
            this.dim = dim;
            this.y = y;
            this.yOffset = yOffset;
            this.yStride = yStride;
            start(compute, rows, 2L * dim);
        }

        @Override
        void rows(int from, int count, int worker) {
            for (int r = from; r < from + count; r++) {
                int in = xOffset + r * xStride;
                int out = yOffset + r * yStride;
                if (rms) {
                    rms(in, out, worker);
                } else {
                    layer(in, out, worker);
                }
            }
        }

        private void rms(int in, int out, int worker) {
            if (compute.vectors) {
                VectorNorm.rms(weight, eps, x, in, dim, y, out, compute.scratch(worker, VectorNorm.SCRATCH));
            } else {
                ScalarNorm.rms(weight, eps, x, in, dim, y, out);
            }
        }

        private void layer(int in, int out, int worker) {
            float[] weight = Objects.requireNonNull(this.weight);
            if (compute.vectors) {
                VectorNorm.layer(weight, bias, eps, x, in, dim, y, out, compute.scratch(worker, VectorNorm.SCRATCH));
            } else {
                ScalarNorm.layer(weight, bias, eps, x, in, dim, y, out);
            }
        }
    }
}
