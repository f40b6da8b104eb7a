package io.peregrine.kernels.scalar;

/// Rotation of the heads of one row as plain loops.
public final class ScalarRope {

    private ScalarRope() {}

    /// Rotates pairs `(2i, 2i + 1)`.
    public static void norm(
            float[] x, int offset, int heads, int headDim, int rotated, float[] cos, float[] sin, int angles) {
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < rotated / 2; i++) {
                rotate(x, offset + h * headDim + 2 * i, 1, cos[angles + i], sin[angles + i]);
            }
        }
    }

    /// Rotates pairs `(i, i + rotated / 2)`.
    public static void neox(
            float[] x, int offset, int heads, int headDim, int rotated, float[] cos, float[] sin, int angles) {
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < rotated / 2; i++) {
                rotate(x, offset + h * headDim + i, rotated / 2, cos[angles + i], sin[angles + i]);
            }
        }
    }

    private static void rotate(float[] x, int at, int distance, float cos, float sin) {
        float first = x[at];
        float second = x[at + distance];
        x[at] = first * cos - second * sin;
        x[at + distance] = second * cos + first * sin;
    }
}
