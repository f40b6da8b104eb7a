package io.peregrine.kernels.scalar;

/// Arithmetic between arrays, as plain loops.
public final class ScalarElementwise {

    private ScalarElementwise() {}

    /// `x += y`.
    public static void add(float[] x, int xOffset, float[] y, int yOffset, int count) {
        for (int i = 0; i < count; i++) {
            x[xOffset + i] += y[yOffset + i];
        }
    }

    /// `x *= factor`.
    public static void scale(float[] x, int offset, int count, float factor) {
        for (int i = 0; i < count; i++) {
            x[offset + i] *= factor;
        }
    }

    /// `x += y * scale`.
    public static void addScaled(float[] x, int xOffset, float[] y, int yOffset, float[] scale, int count) {
        for (int i = 0; i < count; i++) {
            x[xOffset + i] += y[yOffset + i] * scale[i];
        }
    }
}
