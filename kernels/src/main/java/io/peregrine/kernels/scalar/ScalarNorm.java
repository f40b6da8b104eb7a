package io.peregrine.kernels.scalar;

import org.jspecify.annotations.Nullable;

/// Normalisation of one row as plain loops, with sums in double.
public final class ScalarNorm {

    private ScalarNorm() {}

    /// `y = x / sqrt(mean(x^2) + eps) * weight`.
    public static void rms(float @Nullable [] weight, float eps, float[] x, int in, int dim, float[] y, int out) {
        double sum = 0;
        for (int i = 0; i < dim; i++) {
            sum += (double) x[in + i] * x[in + i];
        }
        double scale = 1 / Math.sqrt(sum / dim + eps);
        for (int i = 0; i < dim; i++) {
            y[out + i] = (float) (x[in + i] * scale * (weight == null ? 1 : weight[i]));
        }
    }

    /// `y = (x - mean) / sqrt(variance + eps) * weight + bias`.
    public static void layer(
            float[] weight, float @Nullable [] bias, float eps, float[] x, int in, int dim, float[] y, int out) {
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
            y[out + i] = (float) ((x[in + i] - mean) * scale * weight[i] + (bias == null ? 0 : bias[i]));
        }
    }
}
