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
    /// @param y `[tokens, n]`, rows `yStride` elements apart, from index `yOffset`; another array than `x`
    /// @throws IllegalArgumentException if a range does not lie in its array, or the bias has another length
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
        ProductParts parts = compute.parts;
        parts.start(w.columns(), x, xOffset, xStride, tokens);
        parts.add(w, bias, y, yOffset, yStride);
        multiply(compute, parts);
    }

    /// `ys[i][t] = ws[i] x[t] + biases[i]` for several matrices with the same activations, such as query, key and
    /// value, or gate and up. The activations are prepared once and the workers start once; results are those of
    /// single calls, in every bit.
    ///
    /// @param ws matrices with the same number of columns
    /// @param biases one for each matrix, or null
    /// @param x `[tokens, k]`, rows `xStride` elements apart, from index `xOffset`
    /// @param ys one array for each matrix, which may be the same with other offsets; none is `x`
    /// @param yOffsets where each result begins
    /// @param yStrides how far the rows of each result are apart
    /// @throws IllegalArgumentException if a range does not lie in its array, or sizes do not agree
    public static void applyAll(
            Compute compute,
            Matrix[] ws,
            float[] @Nullable [] biases,
            float[] x,
            int xOffset,
            int xStride,
            int tokens,
            float[][] ys,
            int[] yOffsets,
            int[] yStrides) {
        int count = ws.length;
        if (biases.length != count || ys.length != count || yOffsets.length != count || yStrides.length != count) {
            throw new IllegalArgumentException(count + " matrices, but " + biases.length + " biases, " + ys.length
                    + " results, " + yOffsets.length + " offsets, " + yStrides.length + " strides");
        }
        if (count == 0) {
            return;
        }
        ProductParts parts = compute.parts;
        parts.start(ws[0].columns(), x, xOffset, xStride, tokens);
        for (int i = 0; i < count; i++) {
            parts.add(ws[i], biases[i], ys[i], yOffsets[i], yStrides[i]);
        }
        multiply(compute, parts);
    }

    private static void multiply(Compute compute, ProductParts parts) {
        try {
            if (parts.tokens == 0 || parts.rows == 0) {
                return;
            }
            switch (compute.order()) {
                case ONE_SEQUENCE -> {
                    if (parts.tokens <= RowProducts.MOST_TOKENS) {
                        compute.rowProducts.start();
                    } else {
                        compute.panelProducts.start();
                    }
                }
                case PROMPTS -> compute.panelProducts.start();
                case STEPS -> {
                    if (parts.tokens < StepProducts.MIN_TOKENS) {
                        compute.rowProducts.start();
                    } else {
                        compute.stepProducts.start();
                    }
                }
                case REPRODUCIBLE_STEPS -> compute.stepProducts.start();
            }
        } finally {
            parts.end();
        }
    }
}
