package io.peregrine.kernels;

import io.peregrine.core.tensor.Tensor;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;

/// A weight matrix `[rows, columns]` ready to be multiplied: `y = W x`, rows are outputs.
///
/// Immutable, shared by all sessions. It reads the memory of its tensor, which must stay open.
public final class Matrix {

    private final Tensor tensor;
    private final BlockFormat format;
    private final int rows;
    private final int columns;

    private Matrix(Tensor tensor) {
        this.tensor = tensor;
        this.format = Formats.of(tensor.type());
        this.rows = Math.toIntExact(tensor.shape().rows());
        this.columns = Math.toIntExact(tensor.shape().columns());
    }

    /// @param tensor any tensor of a weight format; all axes but the fastest are rows
    public static Matrix of(Tensor tensor) {
        return new Matrix(tensor);
    }

    public Tensor tensor() {
        return tensor;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /// Decodes row `row` to `out[outOffset .. outOffset + columns)`.
    public void row(int row, float[] out, int outOffset) {
        format.decode(tensor.data(), row * tensor.rowBytes(), columns, out, outOffset);
    }
}
