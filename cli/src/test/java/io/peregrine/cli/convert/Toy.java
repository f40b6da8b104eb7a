package io.peregrine.cli.convert;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/// A tensor in memory, with what it takes to bring it back to the layout of an original checkpoint. A row is
/// everything under one index of the first axis.
record Toy(long[] shape, float[] values) {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Where the toy models are.
    static final Path FIXTURES = Path.of("../model/src/test/resources/fixtures");

    /// All tensors of a toy model, which are F32.
    static Map<String, Toy> read(GgufFile file) {
        Map<String, Toy> toys = new LinkedHashMap<>();
        for (Tensor tensor : file.tensors().values()) {
            toys.put(
                    tensor.name(),
                    new Toy(tensor.shape().toArray(), tensor.data().toArray(FLOAT)));
        }
        return toys;
    }

    static Toy random(long seed, long... shape) {
        float[] values = new float[(int) Shape.of(shape).elements()];
        Random random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Toy(shape, values);
    }

    int rows() {
        return (int) shape[0];
    }

    int width() {
        return values.length / rows();
    }

    float[] row(int index) {
        return Arrays.copyOfRange(values, index * width(), (index + 1) * width());
    }

    Toy seenAs(long... other) {
        return new Toy(other, values);
    }

    /// Rows by their numbers in this.
    Toy picked(int... rows) {
        float[] picked = new float[rows.length * width()];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * width(), picked, i * width(), width());
        }
        long[] other = shape.clone();
        other[0] = rows.length;
        return new Toy(other, picked);
    }

    Toy part(int from, int count) {
        int[] rows = new int[count];
        Arrays.setAll(rows, i -> from + i);
        return picked(rows);
    }

    /// Rotated in neighbours, as GGUF has it, to rotated in halves, as `transformers` has it.
    Toy inHalves(int heads) {
        int size = rows() / heads;
        int[] rows = new int[rows()];
        for (int head = 0; head < heads; head++) {
            for (int pair = 0; pair < size / 2; pair++) {
                rows[head * size + pair] = head * size + 2 * pair;
                rows[head * size + size / 2 + pair] = head * size + 2 * pair + 1;
            }
        }
        return picked(rows);
    }

    Toy transposed() {
        float[] turned = new float[values.length];
        for (int i = 0; i < rows(); i++) {
            for (int j = 0; j < width(); j++) {
                turned[j * rows() + i] = values[i * width() + j];
            }
        }
        return new Toy(new long[] {width(), rows()}, turned);
    }

    /// Query, key and value rows woven into one projection, head by head.
    static Toy woven(int heads, Toy query, Toy key, Toy value) {
        int size = query.rows() / heads;
        int width = query.width();
        float[] woven = new float[3 * query.values.length];
        for (int head = 0, to = 0; head < heads; head++) {
            for (Toy part : new Toy[] {query, key, value}) {
                System.arraycopy(part.values, head * size * width, woven, to, size * width);
                to += size * width;
            }
        }
        long[] shape = query.shape.clone();
        shape[0] *= 3;
        return new Toy(shape, woven);
    }
}
