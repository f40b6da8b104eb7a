package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.TensorSource;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.stream.IntStream;

/// The random blocks of one matrix, made in pieces by all processors, in memory or while a file is written.
/// Each piece has a seed of its own, so that the bytes do not depend on how many processors there are.
public final class RandomWeights implements TensorSource {

    private static final int PIECE_BYTES = 1 << 20;
    private static final int PIECES = 16;

    private final BlockRecipe recipe;
    private final int piece;
    private final long sizeBytes;
    private final long seed;

    /// @param deviation of the elements
    RandomWeights(TensorType type, double deviation, long sizeBytes, long seed) {
        this.recipe = new BlockRecipe(type, deviation);
        this.piece = PIECE_BYTES / type.blockBytes() * type.blockBytes();
        this.sizeBytes = sizeBytes;
        this.seed = seed;
    }

    /// A matrix in native memory whose elements are spread by `1 / sqrt(columns)`.
    ///
    /// @param arena owns the memory
    /// @throws IllegalArgumentException if a row is not a whole number of blocks
    public static Matrix matrix(TensorType type, int rows, int columns, long seed, Arena arena) {
        long bytes = Math.multiplyExact(rows, type.rowBytes(columns));
        MemorySegment data = arena.allocate(bytes, 64);
        RandomWeights weights = new RandomWeights(type, 1 / Math.sqrt(columns), bytes, seed);
        int pieces = Math.toIntExact(Math.ceilDiv(bytes, weights.piece));
        IntStream.range(0, pieces).parallel().forEach(i -> {
            long from = (long) i * weights.piece;
            MemorySegment part = data.asSlice(from, Math.min(weights.piece, bytes - from));
            weights.fill(part.asByteBuffer(), 0, (int) part.byteSize(), i);
        });
        return Matrix.of(new Tensor("weights", type, Shape.of(rows, columns), data));
    }

    @Override
    public void writeTo(WritableByteChannel target) throws IOException {
        int most = (int) Math.min((long) piece * PIECES, sizeBytes);
        ByteBuffer buffer = ByteBuffer.allocate(most);
        long number = 0;
        for (long done = 0; done < sizeBytes; done += most) {
            int bytes = (int) Math.min(most, sizeBytes - done);
            long first = number;
            int pieces = Math.ceilDiv(bytes, piece);
            IntStream.range(0, pieces)
                    .parallel()
                    .forEach(i -> fill(buffer, i * piece, Math.min(piece, bytes - i * piece), first + i));
            number += pieces;
            target.write(buffer.clear().limit(bytes));
        }
    }

    private void fill(ByteBuffer out, int from, int bytes, long number) {
        recipe.fill(out.duplicate().order(ByteOrder.LITTLE_ENDIAN), from, bytes, RandomBits.seed(seed, number));
    }
}
