package io.peregrine.kernels;

/// Rotary position embedding: rotates pairs of elements of each head by angles that the caller tabulates.
public enum Rope {
    /// Pairs `(2i, 2i + 1)`.
    NORM,
    /// Pairs `(i, i + rotated / 2)`.
    NEOX;

    /// Rotates the first `rotated` elements of every head in place.
    ///
    /// @param x `[rows, heads, headDim]` from `offset`, rows `stride` apart
    /// @param rotated an even number of elements, at most `headDim`
    /// @param cos `[rows, rotated / 2]`, cosines of each row's angles
    /// @param sin `[rows, rotated / 2]`
    public void apply(
            Compute compute,
            float[] x,
            int offset,
            int stride,
            int rows,
            int heads,
            int headDim,
            int rotated,
            float[] cos,
            float[] sin) {
        int half = rotated / 2;
        for (int r = 0; r < rows; r++) {
            for (int h = 0; h < heads; h++) {
                int at = offset + r * stride + h * headDim;
                for (int i = 0; i < half; i++) {
                    int a = this == NORM ? at + 2 * i : at + i;
                    int b = this == NORM ? at + 2 * i + 1 : at + half + i;
                    float c = cos[r * half + i];
                    float s = sin[r * half + i];
                    float first = x[a];
                    float second = x[b];
                    x[a] = first * c - second * s;
                    x[b] = first * s + second * c;
                }
            }
        }
    }
}
