package io.peregrine.model.quantize;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.TensorSource;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.Encoder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/// Threads that encode tensors while they are written, and the memory for it: a few pieces for each thread, however
/// large the tensors are.
///
/// Tensors are written one after the other, by the thread that writes the file. The bytes do not depend on the number
/// of threads. To be closed by its maker, after the file was written.
public final class EncodingPool implements AutoCloseable {

    /// Elements of a piece: whole blocks of every format.
    private static final int PIECE = 1 << 16;

    private static final int PIECES_PER_THREAD = 2;

    private final ExecutorService threads;
    private final Piece[] pieces;

    /// @param threads that encode; 0 for one per processor that the process may use
    public EncodingPool(int threads) {
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        this.threads = Executors.newFixedThreadPool(
                count, Thread.ofPlatform().daemon().name("peregrine-encode-", 0).factory());
        this.pieces = new Piece[count * PIECES_PER_THREAD];
        Arrays.setAll(pieces, _ -> new Piece());
    }

    /// The data of a tensor for [io.peregrine.core.gguf.GgufWriter#tensor].
    ///
    /// @param file where the tensor comes from, for messages
    /// @param type that it gets
    /// @param written hears, in the thread that writes, how many more elements are done; what it throws ends the
    ///     writing
    /// @throws io.peregrine.core.ModelFormatException when it is written, if an element is not finite or too large for
    ///     the type
    public TensorSource source(
            String file, TensorInfo tensor, TensorType type, FloatSource floats, LongConsumer written) {
        return target -> write(new Job(file, tensor, type, floats), target, written);
    }

    /// Piece after piece in turn: each is begun again as soon as what it held is written.
    private void write(Job job, WritableByteChannel target, LongConsumer written) throws IOException {
        long elements = job.tensor.shape().elements();
        long count = Math.ceilDiv(elements, PIECE);
        try {
            for (long turn = 0; turn < count + pieces.length; turn++) {
                Piece piece = pieces[(int) (turn % pieces.length)];
                if (turn >= pieces.length && turn - pieces.length < count) {
                    target.write(piece.encoded());
                    written.accept(piece.count);
                }
                if (turn < count) {
                    long first = turn * PIECE;
                    piece.begin(threads, job, first, (int) Math.min(PIECE, elements - first));
                }
            }
        } finally {
            // After an error, what was begun must end before the tensor's memory may go.
            for (Piece piece : pieces) {
                piece.await();
            }
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        boolean interrupted = false;
        while (!threads.isTerminated()) {
            try {
                boolean _ = threads.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// What is done with one tensor.
    private record Job(String file, TensorInfo tensor, TensorType type, FloatSource floats) {

        ModelFormatException unfit(long element, float found) {
            long[] index = new long[tensor.shape().rank()];
            long rest = element;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                index[axis] = rest % tensor.shape().dim(axis);
                rest /= tensor.shape().dim(axis);
            }
            boolean finite = Float.isFinite(found);
            return new ModelFormatException(
                    file,
                    "tensor " + tensor.name() + ", element " + Arrays.toString(index),
                    Float.toString(found),
                    finite ? "at most 65504 in size, to become " + type : "a finite number",
                    finite
                            ? "choose BF16 or F32, or keep this tensor as it is"
                            : "the file is damaged, or was converted wrongly");
        }
    }

    /// Room for a piece of a tensor, as floats and encoded.
    private static final class Piece {

        private final float[] floats = new float[PIECE];
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE * Float.BYTES);
        private final MemorySegment segment = MemorySegment.ofBuffer(bytes);
        private Future<?> running = CompletableFuture.completedFuture(null);
        private int count;

        void begin(ExecutorService threads, Job job, long first, int elements) {
            count = elements;
            running = threads.submit(() -> encode(job, first));
        }

        private void encode(Job job, long first) {
            job.floats.read(first, count, floats);
            int unfit = Encoder.firstUnfit(job.type, floats, 0, count);
            if (unfit >= 0) {
                throw job.unfit(first + unfit, floats[unfit]);
            }
            Encoder.encode(job.type, floats, 0, count, segment, 0);
            bytes.clear().limit((int) job.type.rowBytes(count));
        }

        /// The blocks, once they are there.
        ByteBuffer encoded() {
            try {
                running.get();
                return bytes;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("encoding was interrupted");
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case RuntimeException cause -> throw cause;
                    case Error cause -> throw cause;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
        }

        /// Waits until nobody works on it, however that ends.
        void await() {
            boolean interrupted = false;
            while (!running.isDone()) {
                try {
                    running.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    // Whoever asked for the blocks has heard of it, or something else went wrong before.
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
