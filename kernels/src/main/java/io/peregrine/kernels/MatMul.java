package io.peregrine.kernels;

import org.jspecify.annotations.Nullable;

/// Products of weight matrices with rows of activations.
public final class MatMul {

    private MatMul() {}

    /// `y[t] = W x[t] + bias` for `tokens` rows.
    ///
    /// @param w `[n, k]`
    /// @param bias `[n]`, or null
    /// @param x `[tokens, k]`, rows `xStride` elements apart, from index `xOffset`
    /// @param y `[tokens, n]`, rows `yStride` elements apart, from index `yOffset`; must not overlap `x`
    public static void apply(
            Compute compute,
            Matrix w,
            float @Nullable [] bias,
            float[] x,
            int xOffset,
            int xStride,
            int tokens,
            float[] y,
            int yOffset,
            int yStride) {
        float[] row = new float[w.columns()];
        for (int n = 0; n < w.rows(); n++) {
            w.row(n, row, 0);
            for (int t = 0; t < tokens; t++) {
                float sum = 0;
                for (int k = 0; k < row.length; k++) {
                    sum += row[k] * x[xOffset + t * xStride + k];
                }
                y[yOffset + t * yStride + n] = bias == null ? sum : sum + bias[n];
            }
        }
    }
}
