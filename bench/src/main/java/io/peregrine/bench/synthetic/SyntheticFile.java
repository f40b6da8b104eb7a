package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// A GGUF file in the making whose tensors are random, each from a seed of its own that depends on the file's
/// seed and the tensor's name alone.
final class SyntheticFile {

    private final GgufWriter writer = new GgufWriter();
    private final long seed;
    private long elements;

    SyntheticFile(String name, long seed) {
        this.seed = seed;
        writer.string("general.name", "synthetic " + name + " seed " + seed);
    }

    /// For keys.
    GgufWriter keys() {
        return writer;
    }

    /// A matrix whose products are about as large as what they are made of: elements spread by
    /// `1 / sqrt(columns)`.
    SyntheticFile matrix(String name, TensorType type, long rows, long columns) {
        return tensor(name, type, 1 / Math.sqrt(columns), rows, columns);
    }

    /// @param deviation standard deviation of the elements, which are zero on average
    /// @param dims slowest first
    /// @throws UsageException if a row is not a whole number of blocks
    SyntheticFile tensor(String name, TensorType type, double deviation, long... dims) {
        Shape shape = Shape.of(dims);
        if (shape.columns() % type.blockElements() != 0) {
            throw new UsageException("tensor " + name + " with rows of " + shape.columns() + " elements cannot be "
                    + type + ", which stores blocks of " + type.blockElements());
        }
        long size = Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
        elements = Math.addExact(elements, shape.elements());
        writer.tensor(name, type, shape, new RandomWeights(type, deviation, size, seed(name)));
        return this;
    }

    /// A vector of F32: norms around 1, biases around 0.
    SyntheticFile vector(String name, float mean, int length) {
        elements += length;
        writer.tensor(name, TensorType.F32, Shape.of(length), target -> {
            ByteBuffer bytes = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
            new BlockRecipe(TensorType.F32, 0.02).fill(bytes, 0, bytes.capacity(), seed(name));
            for (int i = 0; i < length; i++) {
                bytes.putFloat(4 * i, mean + bytes.getFloat(4 * i));
            }
            target.write(bytes);
        });
        return this;
    }

    private long seed(String name) {
        return RandomBits.seed(seed, name.hashCode());
    }

    /// Of all tensors.
    long elements() {
        return elements;
    }

    void write(Path path) {
        writer.write(path);
    }
}
