package io.peregrine.kernels;

import org.jspecify.annotations.Nullable;

/// Normalisation of rows.
public final class Norm {

    private Norm() {}

    /// RMSNorm: `y = x / sqrt(mean(x^2) + eps) * weight`. `x` and `y` may be the same rows.
    ///
    /// @param weight `[dim]`, or null for ones
    /// @param x `[rows, dim]` from `xOffset`, rows `xStride` apart
    /// @param y `[rows, dim]` from `yOffset`, rows `yStride` apart
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
        for (int r = 0; r < rows; r++) {
            int in = xOffset + r * xStride;
            int out = yOffset + r * yStride;
            double sum = 0;
            for (int i = 0; i < dim; i++) {
                sum += x[in + i] * x[in + i];
            }
            float scale = (float) (1 / Math.sqrt(sum / dim + eps));
            for (int i = 0; i < dim; i++) {
                y[out + i] = x[in + i] * scale * (weight == null ? 1 : weight[i]);
            }
        }
    }

    /// LayerNorm: `y = (x - mean) / sqrt(variance + eps) * weight + bias`. `x` and `y` may be the same rows.
    ///
    /// @param weight `[dim]`
    /// @param bias `[dim]`, or null for zeros
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
        for (int r = 0; r < rows; r++) {
            int in = xOffset + r * xStride;
            int out = yOffset + r * yStride;
            double mean = 0;
            for (int i = 0; i < dim; i++) {
                mean += x[in + i];
            }
            mean /= dim;
            double variance = 0;
            for (int i = 0; i < dim; i++) {
                variance += (x[in + i] - mean) * (x[in + i] - mean);
            }
            double scale = 1 / Math.sqrt(variance / dim + eps);
            for (int i = 0; i < dim; i++) {
                y[out + i] = (float) ((x[in + i] - mean) * scale) * weight[i] + (bias == null ? 0 : bias[i]);
            }
        }
    }
}
