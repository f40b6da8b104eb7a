package io.peregrine.bench.kernel;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MatMul;
import io.peregrine.kernels.Matrix;
import io.peregrine.kernels.Workers;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/// What the benchmarks share: kernels on vectors or plain loops, and data for them.
final class Loops {

    private Loops() {}

    /// @param loops `vector` or `plain`
    static Compute compute(Workers workers, String loops) {
        return loops.equals("plain") ? Compute.of(workers, false, 0) : new Compute(workers, false);
    }

    static float[] gaussian(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /// A matrix of random blocks whose elements are finite and at most 1000.
    static Matrix matrix(TensorType type, int rows, int columns, long seed, Arena arena) {
        Random random = new Random(seed);
        BlockFormat format = Formats.of(type);
        int elements = Math.max(type.blockElements(), 32);
        byte[] bytes = new byte[(int) type.rowBytes(elements)];
        float[] decoded = new float[elements];
        long total = rows * type.rowBytes(columns);
        MemorySegment data = arena.allocate(total, 64);
        for (long at = 0; at < total; at += bytes.length) {
            do {
                fill(bytes, type, random);
                format.decodePlainly(MemorySegment.ofArray(bytes), 0, elements, decoded, 0);
            } while (!isTame(decoded));
            MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, at, (int) Math.min(bytes.length, total - at));
        }
        return Matrix.of(new Tensor("weights", type, Shape.of(rows, columns), data));
    }

    /// Random bits where blocks have a scale of their own, random numbers elsewhere.
    private static void fill(byte[] bytes, TensorType type, Random random) {
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (type.isBlocked()) {
            random.nextBytes(bytes);
        }
        while (!type.isBlocked() && out.hasRemaining()) {
            float value = (float) random.nextGaussian();
            switch (type) {
                case F32 -> out.putFloat(value);
                case F16 -> out.putShort(Float.floatToFloat16(value));
                case BF16 -> out.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> throw new IllegalArgumentException(type + " is not a storage format of weights");
            }
        }
    }

    private static boolean isTame(float[] values) {
        for (float value : values) {
            if (!(Math.abs(value) <= 1000)) {
                return false;
            }
        }
        return true;
    }

    /// Multiplies with every format, so that no loop is compiled for one format alone.
    static void warmAllFormats(Compute compute, Arena arena, int tokens) {
        int columns = 512;
        float[] x = gaussian(tokens * columns, 1);
        float[] y = new float[tokens * 64];
        for (BlockFormat format : Formats.all()) {
            Matrix w = matrix(format.type(), 64, columns, 2, arena);
            for (int i = 0; i < 60; i++) {
                MatMul.apply(compute, w, null, x, 0, columns, tokens, y, 0, 64);
            }
        }
    }

    /// Fails if the results of vectors and plain loops are further apart than rounding explains.
    static void checkEqual(float[] expected, float[] found, double tolerance) {
        double scale = 0;
        for (float value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(expected[i] - found[i]) <= tolerance * scale)) {
                throw new IllegalStateException(
                        "element " + i + ": plain loops give " + expected[i] + ", vectors " + found[i]);
            }
        }
    }
}
