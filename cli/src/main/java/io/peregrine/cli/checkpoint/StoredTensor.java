package io.peregrine.cli.checkpoint;

import io.peregrine.core.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A tensor of a checkpoint: a view of a storage in a mapped file, which other tensors may share. Valid until its
/// [Checkpoint] is closed.
public final class StoredTensor implements Values {

    private final ElementType type;
    private final Shape shape;
    /// Elements from one index of an axis to the next.
    private final long[] strides;

    private final MemorySegment storage;
    /// The element of the storage that comes first.
    private final long offset;

    private final boolean inOrder;

    private StoredTensor(ElementType type, Shape shape, long[] strides, MemorySegment storage, long offset) {
        this.type = type;
        this.shape = shape;
        this.strides = strides;
        this.storage = storage;
        this.offset = offset;
        this.inOrder = Arrays.equals(strides, rowMajor(shape));
    }

    /// Elements in the order of the rows, from the first byte of `data` on.
    ///
    /// @throws IllegalArgumentException if the data have another size
    static StoredTensor inOrder(ElementType type, Shape shape, MemorySegment data) {
        if (data.byteSize() != Math.multiplyExact(shape.elements(), (long) type.bytes())) {
            throw new IllegalArgumentException(data.byteSize() + " bytes for " + type + " " + shape);
        }
        return new StoredTensor(type, shape, rowMajor(shape), data, 0);
    }

    /// A view of a storage.
    ///
    /// @param strides not negative, one for each axis
    /// @throws IllegalArgumentException if an element lies outside of the storage
    static StoredTensor view(ElementType type, Shape shape, long[] strides, MemorySegment storage, long offset) {
        if (strides.length != shape.rank()
                || offset < 0
                || Arrays.stream(strides).anyMatch(step -> step < 0)) {
            throw new IllegalArgumentException("offset " + offset + " and strides " + Arrays.toString(strides)
                    + " for a tensor of shape " + shape);
        }
        long count = storage.byteSize() / type.bytes();
        if (shape.elements() > 0 && lastElement(shape, strides, offset) >= count) {
            throw new IllegalArgumentException("shape " + shape + ", strides " + Arrays.toString(strides)
                    + " and offset " + offset + " in a storage of " + count + " elements");
        }
        return new StoredTensor(type, shape, strides.clone(), storage, offset);
    }

    private static long lastElement(Shape shape, long[] strides, long offset) {
        try {
            long last = offset;
            for (int axis = 0; axis < strides.length; axis++) {
                last = Math.addExact(last, Math.multiplyExact(shape.dim(axis) - 1, strides[axis]));
            }
            return last;
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    private static long[] rowMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long step = 1;
        for (int axis = strides.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step *= Math.max(1, shape.dim(axis));
        }
        return strides;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    /// The same elements with rows and columns exchanged.
    public StoredTensor transposed() {
        if (shape.rank() != 2) {
            throw new IllegalArgumentException("shape " + shape + " is no matrix");
        }
        return new StoredTensor(
                type, Shape.of(shape.dim(1), shape.dim(0)), new long[] {strides[1], strides[0]}, storage, offset);
    }

    @Override
    public void read(long first, int count, float[] out, int at) {
        if (first < 0 || first > shape.elements() - count) {
            throw new IndexOutOfBoundsException("elements " + first + " + " + count + " of shape " + shape);
        }
        if (inOrder) {
            type.read(storage, (offset + first) * type.bytes(), 1, count, out, at);
            return;
        }
        long width = shape.columns();
        long step = strides[strides.length - 1];
        for (int done = 0; done < count; ) {
            long column = (first + done) % width;
            int run = (int) Math.min(width - column, count - done);
            long element = startOfRow((first + done) / width) + column * step;
            type.read(storage, element * type.bytes(), step, run, out, at + done);
            done += run;
        }
    }

    /// The element of the storage with which a row begins, all axes but the last taken together.
    private long startOfRow(long row) {
        long element = offset;
        long rest = row;
        for (int axis = strides.length - 2; axis >= 0; axis--) {
            element += rest % shape.dim(axis) * strides[axis];
            rest /= shape.dim(axis);
        }
        return element;
    }

    @Override
    public String toString() {
        return type + " " + shape;
    }
}
