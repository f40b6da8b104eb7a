package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;
import java.util.Arrays;

/// Activations: `[rows, width]` floats, rows contiguous and one after the other.
///
/// Its memory grows as needed and is used again; the content after [#shape] is undefined. Used by one thread
/// at a time, except for the workers of the kernel call that it is passed to.
public final class Rows {

    private float[] data = {};
    private int rows;
    private int width;

    /// Gives it another shape, keeping the memory where it suffices.
    ///
    /// @throws ArithmeticException if there are more elements than an array can hold
    public Rows shape(int newRows, int newWidth) {
        int elements = Math.multiplyExact(newRows, newWidth);
        if (data.length < elements) {
            data = new float[elements];
        }
        rows = newRows;
        width = newWidth;
        return this;
    }

    /// Sees the same elements as rows of another width.
    ///
    /// @throws IllegalArgumentException if that takes more or fewer elements
    public Rows regroup(int newRows, int newWidth) {
        if ((long) newRows * newWidth != elements()) {
            throw new IllegalArgumentException(
                    rows + " rows of " + width + " seen as " + newRows + " rows of " + newWidth);
        }
        rows = newRows;
        width = newWidth;
        return this;
    }

    /// The elements, from index 0; the array may be longer than `rows * width`.
    public float[] data() {
        return data;
    }

    public int rows() {
        return rows;
    }

    public int width() {
        return width;
    }

    /// Number of elements in use.
    public int elements() {
        return rows * width;
    }

    /// Index of the first element of a row.
    public int offset(int row) {
        return row * width;
    }

    /// Adds other rows of the same shape to these.
    public Rows add(Pass pass, Rows other) {
        Elementwise.add(pass.compute(), data, 0, other.data, 0, elements());
        return this;
    }

    /// Multiplies all elements; does nothing for 1.
    public Rows scale(Pass pass, float factor) {
        if (factor != 1) {
            Elementwise.scale(pass.compute(), data, 0, elements(), factor);
        }
        return this;
    }

    /// Copies chosen rows.
    ///
    /// @param out gets the shape `[chosen, width]`; must not be these rows
    public Rows select(int[] chosen, Rows out) {
        out.shape(chosen.length, width);
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(data, offset(chosen[i]), out.data, out.offset(i), width);
        }
        return out;
    }

    /// A copy of rows that follow each other.
    public Rows copy(int first, int count) {
        Rows copy = new Rows().shape(count, width);
        copyTo(first, count, copy, 0);
        return copy;
    }

    /// Copies rows that follow each other into others of the same width.
    public void copyTo(int first, int count, Rows to, int at) {
        System.arraycopy(data, offset(first), to.data, to.offset(at), count * width);
    }

    /// Copies some columns of all rows.
    ///
    /// @param out gets the shape `[rows, count]`; must not be these rows
    public Rows columns(int first, int count, Rows out) {
        out.shape(rows, count);
        for (int row = 0; row < rows; row++) {
            System.arraycopy(data, offset(row) + first, out.data, out.offset(row), count);
        }
        return out;
    }

    /// Copies all rows into some columns of as many others.
    public void copyColumns(Rows to, int first) {
        for (int row = 0; row < rows; row++) {
            System.arraycopy(data, offset(row), to.data, to.offset(row) + first, width);
        }
    }

    /// A copy of the elements in use, row by row.
    public float[] toArray() {
        return Arrays.copyOf(data, elements());
    }
}
