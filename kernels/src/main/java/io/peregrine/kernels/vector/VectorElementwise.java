package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// Arithmetic between arrays, as vectors.
public final class VectorElementwise {

    private static final int L = Lanes.WIDTH;

    private VectorElementwise() {}

    /// `x += y`.
    public static void add(float[] x, int xOffset, float[] y, int yOffset, int count) {
        int i = 0;
        for (; i <= count - L; i += L) {
            FloatVector sum = FloatVector.fromArray(Lanes.FLOAT, x, xOffset + i)
                    .add(FloatVector.fromArray(Lanes.FLOAT, y, yOffset + i));
            sum.intoArray(x, xOffset + i);
        }
        for (; i < count; i++) {
            x[xOffset + i] += y[yOffset + i];
        }
    }

    /// `x *= factor`.
    public static void scale(float[] x, int offset, int count, float factor) {
        int i = 0;
        for (; i <= count - L; i += L) {
            FloatVector.fromArray(Lanes.FLOAT, x, offset + i).mul(factor).intoArray(x, offset + i);
        }
        for (; i < count; i++) {
            x[offset + i] *= factor;
        }
    }

    /// `x += y * scale`, rounded after the product and after the sum, so that the last elements get the same bits.
    public static void addScaled(float[] x, int xOffset, float[] y, int yOffset, float[] scale, int count) {
        int i = 0;
        for (; i <= count - L; i += L) {
            FloatVector product = FloatVector.fromArray(Lanes.FLOAT, y, yOffset + i)
                    .mul(FloatVector.fromArray(Lanes.FLOAT, scale, i));
            FloatVector.fromArray(Lanes.FLOAT, x, xOffset + i).add(product).intoArray(x, xOffset + i);
        }
        for (; i < count; i++) {
            x[xOffset + i] += y[yOffset + i] * scale[i];
        }
    }
}
