package io.peregrine.core.memory;

import io.peregrine.core.ModelFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Memory of the process's own for weights, without the limits that the JVM puts on its heap and on
/// `Arena.allocate`: private mappings of a nameless scratch file.
///
/// Every group of tensors maps the same first bytes of one sparse file, copy on write; what is then written
/// to the mapping becomes anonymous memory of this process, the file itself stays empty. So the disk space
/// needed is none and the page cache used is that of the largest group. See `docs/design/0002-memory.md`.
final class WeightCopy implements AutoCloseable {

    /// Tensors are gathered into mappings of at least this size, to have few of them.
    private static final long GROUP_BYTES = 64L << 20;

    /// Work is handed out to threads in pieces of this size.
    private static final long PIECE_BYTES = 16L << 20;

    /// Each tensor begins at a multiple of this, a cache line.
    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final FileChannel scratch;

    private WeightCopy(FileChannel scratch) {
        this.scratch = scratch;
    }

    static WeightCopy create() {
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            Path path = Files.createTempFile(directory, "peregrine", ".scratch");
            return new WeightCopy(FileChannel.open(
                    path,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.SPARSE,
                    StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            throw new ModelFileException(
                    directory.toString(),
                    "cannot create the scratch file that copied weights need",
                    "name a writable directory with -Djava.io.tmpdir=, or map the weights instead of copying them",
                    e);
        }
    }

    /// Reads all ranges, in parallel; the segments come in the same order and live until [#close].
    List<MemorySegment> read(List<ModelMemory.Range> ranges, LoadListener listener) {
        List<MemorySegment> segments = new ArrayList<>(ranges.size());
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        while (from < ranges.size()) {
            int to = from;
            long size = 0;
            while (to < ranges.size() && size < GROUP_BYTES) {
                size += padded(ranges.get(to++).sizeBytes());
            }
            MemorySegment group = map(size);
            long at = 0;
            for (ModelMemory.Range range : ranges.subList(from, to)) {
                MemorySegment segment = group.asSlice(at, range.sizeBytes());
                segments.add(segment);
                for (long done = 0; done < range.sizeBytes(); done += PIECE_BYTES) {
                    long bytes = Math.min(PIECE_BYTES, range.sizeBytes() - done);
                    pieces.add(new Piece(range.file(), range.offset() + done, segment.asSlice(done, bytes)));
                }
                at += padded(range.sizeBytes());
            }
            from = to;
        }
        if (!pieces.isEmpty()) {
            ParallelChunks.run(pieces.getFirst().file().path(), pieces, listener);
        }
        return segments;
    }

    private MemorySegment map(long size) {
        try {
            return scratch.map(FileChannel.MapMode.PRIVATE, 0, size, arena);
        } catch (IOException e) {
            throw new ModelFileException(
                    System.getProperty("java.io.tmpdir"),
                    "cannot map " + size + " bytes of scratch file for copied weights: " + e.getMessage(),
                    "map the weights instead of copying them",
                    e);
        }
    }

    private static long padded(long size) {
        return Math.ceilDiv(size, ALIGNMENT) * ALIGNMENT;
    }

    @Override
    public void close() {
        arena.close();
        try {
            scratch.close();
        } catch (IOException e) {
            // The file has no name any more and nothing was written to it.
        }
    }

    private record Piece(ModelFile file, long offset, MemorySegment target) implements ParallelChunks.Chunk {
        @Override
        public long sizeBytes() {
            return target.byteSize();
        }

        @Override
        public void run() {
            file.read(target, offset);
        }
    }
}
