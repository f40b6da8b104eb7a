package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarElementwise;

/// Arithmetic between arrays, element by element.
public final class Elementwise {

    private Elementwise() {}

    /// `x += y` for `count` elements, as a residual connection does.
    ///
    /// @param x from `xOffset`
    /// @param y from `yOffset`
    /// @throws IllegalArgumentException if a range leaves its array
    public static void add(Compute compute, float[] x, int xOffset, float[] y, int yOffset, int count) {
        Checks.range("x", x.length, xOffset, count);
        Checks.range("y", y.length, yOffset, count);
        ScalarElementwise.add(x, xOffset, y, yOffset, count);
    }
}
