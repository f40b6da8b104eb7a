package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.TensorSource;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.stream.IntStream;

/// The blocks of one matrix, made piece by piece while the file is written: some pieces at a time, by all
/// processors. Each piece has a seed of its own, so that the bytes do not depend on how many there are.
final class RandomTensor implements TensorSource {

    private static final int PIECE_BYTES = 1 << 20;
    private static final int PIECES = 16;

    private final BlockRecipe recipe;
    private final int blockBytes;
    private final long sizeBytes;
    private final long seed;

    /// @param deviation of the elements
    RandomTensor(TensorType type, double deviation, long sizeBytes, long seed) {
        this.recipe = new BlockRecipe(type, deviation);
        this.blockBytes = type.blockBytes();
        this.sizeBytes = sizeBytes;
        this.seed = seed;
    }

    @Override
    public void writeTo(WritableByteChannel target) throws IOException {
        int piece = PIECE_BYTES / blockBytes * blockBytes;
        int most = (int) Math.min((long) piece * PIECES, sizeBytes);
        ByteBuffer buffer = ByteBuffer.allocate(most).order(ByteOrder.LITTLE_ENDIAN);
        long number = 0;
        for (long done = 0; done < sizeBytes; done += most) {
            int bytes = (int) Math.min(most, sizeBytes - done);
            long first = number;
            int pieces = Math.ceilDiv(bytes, piece);
            IntStream.range(0, pieces).parallel().forEach(i -> {
                int from = i * piece;
                recipe.fill(buffer, from, Math.min(piece, bytes - from), RandomBits.seed(seed, first + i));
            });
            number += pieces;
            target.write(buffer.clear().limit(bytes));
        }
    }
}
