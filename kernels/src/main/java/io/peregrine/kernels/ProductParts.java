package io.peregrine.kernels;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The products of one call: one or several matrices that share the activations. Checked when it is set, kept by
/// [io.peregrine.kernels.Compute] and used again.
final class ProductParts {

    private static final float[] NOTHING = {};

    Matrix[] w = {};
    float[] @Nullable [] bias = {};
    float[][] y = {};
    int[] yOffset = {};
    int[] yStride = {};
    int count;

    float[] x = NOTHING;
    int xOffset;
    int xStride;
    int tokens;

    /// Elements of a row of each matrix.
    int k;

    /// Rows of all matrices together.
    long rows;

    /// Begins a call without any matrix.
    void start(int k, float[] x, int xOffset, int xStride, int tokens) {
        Checks.rows("x", x.length, xOffset, xStride, tokens, k);
        this.k = k;
        this.x = x;
        this.xOffset = xOffset;
        this.xStride = xStride;
        this.tokens = tokens;
        this.count = 0;
        this.rows = 0;
    }

    void add(Matrix matrix, float @Nullable [] b, float[] out, int offset, int stride) {
        if (matrix.columns() != k) {
            throw new IllegalArgumentException(
                    "matrices of one call have " + k + " and " + matrix.columns() + " columns: " + matrix.tensor());
        }
        if (b != null && b.length != matrix.rows()) {
            throw new IllegalArgumentException(
                    "bias has " + b.length + " elements, the matrix has " + matrix.rows() + " rows: " + matrix.tensor());
        }
        Checks.rows("y", out.length, offset, stride, tokens, matrix.rows());
        if (out == x) {
            throw new IllegalArgumentException("y and x are the same array");
        }
        if (count == w.length) {
            grow(count + 3);
        }
        w[count] = matrix;
        bias[count] = b;
        y[count] = out;
        yOffset[count] = offset;
        yStride[count] = stride;
        count++;
        rows += matrix.rows();
    }

    /// Lets go of the arrays of the caller.
    void end() {
        x = NOTHING;
        Arrays.fill(y, NOTHING);
        Arrays.fill(bias, null);
    }

    private void grow(int size) {
        w = Arrays.copyOf(w, size);
        bias = Arrays.copyOf(bias, size);
        y = Arrays.copyOf(y, size);
        yOffset = Arrays.copyOf(yOffset, size);
        yStride = Arrays.copyOf(yStride, size);
    }
}
