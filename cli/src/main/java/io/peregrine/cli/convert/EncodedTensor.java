package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.gguf.TensorSource;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.Encoder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/// A tensor read, encoded and written in pieces, several at once: memory does not depend on its size.
///
/// @param progress hears of elements that are written
record EncodedTensor(Values values, TensorType type, LongConsumer progress) implements TensorSource {

    /// A multiple of every format's block.
    private static final int PIECE = 1 << 19;

    @Override
    public void writeTo(WritableByteChannel target) throws IOException {
        long elements = values.shape().elements();
        int pieces = (int) Math.min(Runtime.getRuntime().availableProcessors(), (elements + PIECE - 1) / PIECE);
        Piece[] turn = new Piece[pieces];
        for (int i = 0; i < pieces; i++) {
            turn[i] = new Piece(type, (int) Math.min(PIECE, elements));
        }
        for (long done = 0; done < elements; ) {
            long start = done;
            int used = (int) Math.min(pieces, (elements - done + PIECE - 1) / PIECE);
            IntStream.range(0, used).parallel().forEach(i -> {
                long first = start + (long) i * PIECE;
                turn[i].encode(values, first, (int) Math.min(PIECE, elements - first));
            });
            for (int i = 0; i < used; i++) {
                target.write(turn[i].bytes.asByteBuffer().limit((int) turn[i].size));
                progress.accept(turn[i].count);
                done += turn[i].count;
            }
        }
    }

    private static final class Piece {

        private final TensorType type;
        private final float[] floats;
        private final MemorySegment bytes;
        private int count;
        private long size;

        Piece(TensorType type, int elements) {
            this.type = type;
            this.floats = new float[elements];
            this.bytes = MemorySegment.ofArray(new byte[Math.toIntExact(type.rowBytes(elements))]);
        }

        void encode(Values values, long first, int number) {
            count = number;
            size = type.rowBytes(number);
            values.read(first, number, floats, 0);
            Encoder.encode(type, floats, 0, number, bytes, 0);
        }
    }
}
