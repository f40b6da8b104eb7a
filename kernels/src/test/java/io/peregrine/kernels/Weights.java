package io.peregrine.kernels;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.RandomBlocks;
import io.peregrine.kernels.scalar.ScalarDecoder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Matrices for tests, in native memory as those of a model are.
final class Weights {

    private Weights() {}

    /// Random elements of the order of 1.
    static Matrix random(TensorType type, int rows, int columns, long seed) {
        int blocks = Math.toIntExact((long) rows * columns / type.blockElements());
        return of(type, rows, columns, RandomBlocks.of(type, blocks, RandomBlocks.Fill.NORMAL, seed));
    }

    static Matrix of(float[] elements, int rows, int columns) {
        MemorySegment data = Arena.ofAuto().allocate(4L * elements.length + 64, 64);
        MemorySegment.copy(elements, 0, data, ValueLayout.JAVA_FLOAT, 0, elements.length);
        return Matrix.of(new Tensor("test", TensorType.F32, Shape.of(rows, columns), data.asSlice(0, 4L * elements.length)));
    }

    private static Matrix of(TensorType type, int rows, int columns, byte[] blocks) {
        MemorySegment data = Arena.ofAuto().allocate(Math.max(1, blocks.length), 64);
        MemorySegment.copy(blocks, 0, data, ValueLayout.JAVA_BYTE, 0, blocks.length);
        return Matrix.of(new Tensor("test", type, Shape.of(rows, columns), data.asSlice(0, blocks.length)));
    }

    /// All elements, decoded by plain loops.
    static float[] decoded(Matrix w) {
        TensorType type = w.tensor().type();
        float[] out = new float[w.rows() * w.columns()];
        ScalarDecoder.of(type).decode(w.tensor().data(), 0, out.length / type.blockElements(), out, 0);
        return out;
    }
}
