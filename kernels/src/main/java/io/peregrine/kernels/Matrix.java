package io.peregrine.kernels;

import io.peregrine.core.tensor.Tensor;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.RoundedDot;
import io.peregrine.kernels.internal.RowDot;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A weight matrix `[rows, columns]` ready to be multiplied: `y = W x`, rows are outputs.
///
/// Immutable, shared by all sessions. It reads the memory of its tensor, which must stay open.
public final class Matrix {

    private final Tensor tensor;
    private final BlockFormat format;
    private final int rows;
    private final int columns;
    private final long rowBytes;

    private Matrix(Tensor tensor) {
        this.tensor = tensor;
        this.format = Formats.of(tensor.type());
        this.rows = Math.toIntExact(tensor.shape().rows());
        this.columns = Math.toIntExact(tensor.shape().columns());
        this.rowBytes = tensor.rowBytes();
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

    /// Bytes of a stored row.
    long rowBytes() {
        return rowBytes;
    }

    /// The fused inner product of stored rows, or null if rows are decoded first.
    @Nullable RowDot rowDot(ProductLoops loops) {
        return tensor.data().isNative() ? loops.rowDot(tensor.type()) : null;
    }

    /// The fused inner product of stored rows with rounded activations, or null if there is none.
    @Nullable RoundedDot roundedDot(ProductLoops loops) {
        return tensor.data().isNative() ? loops.roundedDot(tensor.type()) : null;
    }

    /// Decodes row `row` to `out[outOffset .. outOffset + columns)`.
    ///
    /// @throws IndexOutOfBoundsException if there is no such row, or `out` is too short
    public void row(int row, float[] out, int outOffset) {
        decode(row, 0, columns, false, out, outOffset);
    }

    /// Decodes `count` elements of row `row` from element `from`, both whole blocks.
    ///
    /// @param vectors false for plain loops
    void decode(int row, int from, int count, boolean vectors, float[] out, int outOffset) {
        Objects.checkIndex(row, rows);
        long at = row * rowBytes + format.bytes(from);
        if (vectors) {
            format.decode(tensor.data(), at, count, out, outOffset);
        } else {
            format.decodePlainly(tensor.data(), at, count, out, outOffset);
        }
    }
}
