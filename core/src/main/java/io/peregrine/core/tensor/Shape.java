package io.peregrine.core.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The sizes of a tensor's axes, slowest axis first: a matrix is `[rows, columns]`.
///
/// GGUF files list axes the other way round (`ne[0]` is the fastest); the reader turns them.
public final class Shape {

    private final long[] dims;
    private final long elements;

    private Shape(long[] dims, long elements) {
        this.dims = dims;
        this.elements = elements;
    }

    /// @throws IllegalArgumentException if a size is negative
    /// @throws ArithmeticException if the product of the sizes other than 0 does not fit in 63 bits
    public static Shape of(long... dims) {
        long product = 1;
        boolean empty = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("negative size in shape " + Arrays.toString(dims));
            }
            if (dim == 0) {
                empty = true;
            } else {
                product = Math.multiplyExact(product, dim);
            }
        }
        return new Shape(dims.clone(), empty ? 0 : product);
    }

    /// Number of axes; 0 for a scalar.
    public int rank() {
        return dims.length;
    }

    /// Size of an axis, 0 being the slowest; a negative index counts from the fastest (-1).
    public long dim(int axis) {
        return dims[axis < 0 ? dims.length + axis : axis];
    }

    /// Product of all sizes.
    public long elements() {
        return elements;
    }

    /// Size of the fastest axis; 1 for a scalar.
    public long columns() {
        return dims.length == 0 ? 1 : dims[dims.length - 1];
    }

    /// Number of rows when all axes but the fastest are taken together.
    public long rows() {
        long rows = 1;
        for (int i = 0; i < dims.length - 1; i++) {
            rows *= dims[i];
        }
        return rows;
    }

    public long[] toArray() {
        return dims.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /// The form used in messages: `[rows, columns]`.
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
