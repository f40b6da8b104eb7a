package io.peregrine.kernels;

import org.jspecify.annotations.Nullable;

/// The sines and cosines that [io.peregrine.kernels.Rope] rotates with: one table per forward pass, shared by all layers.
///
/// The angle of pair `i` at position `p` is `p * frequency[i]`, computed in double and rounded once as sine and
/// cosine. Used by one thread at a time; the arrays are reused by the next [#fill].
///
/// Source: RoFormer, arXiv:2104.09864; factors and scaling as in `ggml-org/ggml : src/ggml-cpu/ops.cpp`.
public final class RopeTable {

    private final double[] frequencies;
    private final float magnitude;
    private float[] cos = {};
    private float[] sin = {};

    /// @param frequencies `[rotated / 2]`, radians per position of each pair
    /// @param magnitude what sines and cosines are multiplied by: 1, or the attention factor of YaRN
    public RopeTable(double[] frequencies, double magnitude) {
        this.frequencies = frequencies.clone();
        this.magnitude = (float) magnitude;
    }

    /// The usual frequencies `base^(-2i / rotated) * scale / factor[i]`.
    ///
    /// @param rotated rotated elements of a head, even
    /// @param base of the geometric series, for example 10000
    /// @param scale of positions: 1, or 1 / factor for linear scaling
    /// @param factors `[rotated / 2]` divisors of the frequencies (the tensor `rope_freqs` of Llama 3), or null
    /// @throws IllegalArgumentException for an odd or negative `rotated`, or too few factors
    public static RopeTable of(int rotated, double base, double scale, float @Nullable [] factors) {
        return of(rotated, base, scale, factors, 1);
    }

    /// As [#of(int, double, double, float[])], with a magnitude as in the constructor.
    public static RopeTable of(
            int rotated, double base, double scale, float @Nullable [] factors, double magnitude) {
        if (rotated < 0 || rotated % 2 != 0) {
            throw new IllegalArgumentException("rotated is " + rotated + ", expected an even number");
        }
        if (factors != null && factors.length < rotated / 2) {
            throw new IllegalArgumentException(
                    "factors: " + factors.length + " for " + rotated / 2 + " pairs, expected one for each");
        }
        double[] frequencies = new double[rotated / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double factor = factors == null ? 1 : factors[i];
            frequencies[i] = Math.pow(base, -2.0 * i / rotated) * scale / factor;
        }
        return new RopeTable(frequencies, magnitude);
    }

    /// Rotated elements of a head.
    public int rotated() {
        return 2 * frequencies.length;
    }

    /// Tabulates the angles of `rows` positions.
    ///
    /// @param positions of the rows, from `offset`
    /// @throws IllegalArgumentException if there are fewer positions
    public void fill(int[] positions, int offset, int rows) {
        Checks.range("positions", positions.length, offset, rows);
        int half = frequencies.length;
        grow(rows);
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < half; i++) {
                double angle = positions[offset + r] * frequencies[i];
                cos[r * half + i] = (float) Math.cos(angle) * magnitude;
                sin[r * half + i] = (float) Math.sin(angle) * magnitude;
            }
        }
    }

    /// As [#fill(int[], int, int)], for rows that have several positions: each pair turns with one of them.
    ///
    /// @param positions of the rows on each axis, from `offset`
    /// @param axes `[rotated / 2]`, the axis of each pair; a negative one: the pair does not turn
    /// @throws IllegalArgumentException if there are fewer positions or axes
    public void fill(int[][] positions, int[] axes, int offset, int rows) {
        int half = frequencies.length;
        if (axes.length < half) {
            throw new IllegalArgumentException("axes: " + axes.length + " for " + half + " pairs, expected one for each");
        }
        for (int[] axis : positions) {
            Checks.range("positions", axis.length, offset, rows);
        }
        grow(rows);
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < half; i++) {
                double angle = axes[i] < 0 ? 0 : positions[axes[i]][offset + r] * frequencies[i];
                cos[r * half + i] = (float) Math.cos(angle) * magnitude;
                sin[r * half + i] = (float) Math.sin(angle) * magnitude;
            }
        }
    }

    private void grow(int rows) {
        int size = Math.multiplyExact(rows, frequencies.length);
        if (cos.length < size) {
            cos = new float[size];
            sin = new float[size];
        }
    }

    /// Cosines `[rows, rotated / 2]` of the last [#fill]; the array may be longer.
    public float[] cos() {
        return cos;
    }

    /// Sines `[rows, rotated / 2]` of the last [#fill]; the array may be longer.
    public float[] sin() {
        return sin;
    }
}
