package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarSoftmax;

/// Turns rows of scores into probabilities.
public final class Softmax {

    private Softmax() {}

    /// `x = exp(x - max) / sum(exp(x - max))` for each row. A row with a NaN becomes NaN altogether.
    ///
    /// @param x `[rows, length]` from `offset`, rows `stride` apart; a score may be -infinity, not all of a row
    /// @throws IllegalArgumentException if a row leaves the array
    public static void apply(Compute compute, float[] x, int offset, int stride, int rows, int length) {
        Checks.positive("length", length);
        Checks.rows("x", x.length, offset, stride, rows, length);
        for (int r = 0; r < rows; r++) {
            ScalarSoftmax.row(x, offset + r * stride, length);
        }
    }
}
