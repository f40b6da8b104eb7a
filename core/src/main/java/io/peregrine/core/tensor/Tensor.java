package io.peregrine.core.tensor;

import java.lang.foreign.MemorySegment;

/// A named, read-only block of elements of one type: a view of memory that its file owns.
///
/// Rows (the fastest axis) are contiguous, little endian, and follow each other without a gap. The segment
/// lives as long as the [io.peregrine.core.gguf.GgufFile] that it came from; using it after that file's
/// `close` throws `IllegalStateException`. Safe to read from any thread.
public final class Tensor {

    private final String name;
    private final TensorType type;
    private final Shape shape;
    private final MemorySegment data;

    /// @param data exactly the bytes of the elements
    /// @throws IllegalArgumentException if the number of bytes is not that of the type and shape
    public Tensor(String name, TensorType type, Shape shape, MemorySegment data) {
        long bytes = Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException("tensor " + name + " of type " + type + " and shape " + shape + " needs "
                    + bytes + " bytes, the segment has " + data.byteSize());
        }
        this.name = name;
        this.type = type;
        this.shape = shape;
        this.data = data.asReadOnly();
    }

    public String name() {
        return name;
    }

    public TensorType type() {
        return type;
    }

    public Shape shape() {
        return shape;
    }

    /// The bytes, read only.
    public MemorySegment data() {
        return data;
    }

    /// Bytes of one row.
    public long rowBytes() {
        return type.rowBytes(shape.columns());
    }

    /// The same bytes under another shape with the same number of elements and rows of whole blocks.
    public Tensor reshaped(long... dims) {
        Shape other = Shape.of(dims);
        if (other.elements() != shape.elements()) {
            throw new IllegalArgumentException("tensor " + name + " of shape " + shape + " cannot be seen as " + other);
        }
        return new Tensor(name, type, other, data);
    }

    /// Rows `from` to `from + count`, all axes but the fastest taken together: shape `[count, columns]`.
    public Tensor rows(long from, long count) {
        if (from < 0 || count < 0 || from > shape.rows() - count) {
            throw new IndexOutOfBoundsException(
                    "rows " + from + " + " + count + " of tensor " + name + " with shape " + shape);
        }
        return new Tensor(
                name, type, Shape.of(count, shape.columns()), data.asSlice(from * rowBytes(), count * rowBytes()));
    }

    @Override
    public String toString() {
        return name + " " + type + " " + shape;
    }
}
