package io.peregrine.core.memory;

import io.peregrine.core.ResourceLimitException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The one owner of a model's memory: its files, mapped, or copies of their weights.
///
/// [#close] ends it for newcomers; the memory itself goes when the last [io.peregrine.core.memory.Lease] is
/// closed too, once and at that moment. Reading a segment after that throws `IllegalStateException`. Safe for
/// any thread, but [#open] and [#copy] belong to the one thread that loads.
public final class ModelMemory implements AutoCloseable {

    /// A stretch of a file.
    public record Range(ModelFile file, long offset, long sizeBytes) {
        /// Its bytes as mapped.
        public MemorySegment mapped() {
            return file.bytes().asSlice(offset, sizeBytes);
        }
    }

    /// Its opaque reads are never optimised away.
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();

    private static final long PAGE_BYTES = 4096;
    private static final long CHUNK_BYTES = 4L << 20;

    private final Supplier<OptionalLong> available;
    private final List<ModelFile> files = new ArrayList<>();
    private @Nullable Arena mapping = Arena.ofShared();
    private @Nullable WeightCopy copies;
    private int leases;
    private boolean closed;

    public ModelMemory() {
        this(AvailableMemory::bytes);
    }

    ModelMemory(Supplier<OptionalLong> available) {
        this.available = available;
    }

    /// Opens a file and maps it.
    ///
    /// @throws io.peregrine.core.ModelFileException if it is not a regular file that can be read
    public synchronized ModelFile open(Path path) {
        if (closed || mapping == null) {
            throw new IllegalStateException("the model's memory is closed, or its files are copied already");
        }
        ModelFile file = ModelFile.open(path, mapping);
        files.add(file);
        return file;
    }

    /// Copies these ranges into memory of the process's own and lets go of all mappings: from now on nothing
    /// that happens to the files matters.
    ///
    /// @return the copies, in the order of the ranges
    /// @throws io.peregrine.core.ResourceLimitException if the machine has not that much memory left; found
    ///     before anything is read
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    public synchronized List<MemorySegment> copy(List<Range> ranges, LoadListener listener) {
        if (closed || mapping == null) {
            throw new IllegalStateException("the model's memory is closed, or its files are copied already");
        }
        long total = 0;
        for (Range range : ranges) {
            total = Math.addExact(total, range.sizeBytes());
        }
        OptionalLong left = available.get();
        if (left.isPresent() && total > left.getAsLong()) {
            throw new ResourceLimitException(
                    files.getFirst().path() + ": copying the weights",
                    total + " bytes",
                    left.getAsLong() + " bytes of available memory",
                    "load without copying, which maps the file, or free some memory");
        }
        copies = WeightCopy.create();
        List<MemorySegment> segments = copies.read(ranges, listener);
        unmap();
        return segments;
    }

    /// Reads one byte of every page of these ranges in parallel, so that the first run finds them in memory.
    ///
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    public void touch(List<Range> ranges, LoadListener listener) {
        try (Lease _ = lease()) {
            List<Touch> chunks = new ArrayList<>();
            for (Range range : ranges) {
                for (long done = 0; done < range.sizeBytes(); done += CHUNK_BYTES) {
                    long bytes = Math.min(CHUNK_BYTES, range.sizeBytes() - done);
                    chunks.add(new Touch(range.file(), range.offset() + done, bytes));
                }
            }
            if (!chunks.isEmpty()) {
                ParallelChunks.run(chunks.getFirst().file().path(), chunks, listener);
            }
        }
    }

    /// Keeps the memory until the lease is closed.
    ///
    /// @throws IllegalStateException if this is closed
    public synchronized Lease lease() {
        if (closed) {
            throw new IllegalStateException("the model's memory is closed");
        }
        leases++;
        return new Lease(this);
    }

    synchronized void release() {
        leases--;
        if (closed && leases == 0) {
            free();
        }
    }

    /// Fails if a mapped file was written to since it was opened; copied weights cannot change.
    ///
    /// @throws io.peregrine.core.ModelFileException naming the file and what changed
    /// @throws IllegalStateException if the memory is freed
    public synchronized void checkUnchanged() {
        if (closed && leases == 0) {
            throw new IllegalStateException("the model's memory is closed");
        }
        for (ModelFile file : files) {
            file.checkUnchanged();
        }
    }

    /// Takes no more leases and frees the memory as soon as there are none. Closing twice does nothing.
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (leases == 0) {
                free();
            }
        }
    }

    private void free() {
        unmap();
        if (copies != null) {
            copies.close();
            copies = null;
        }
    }

    private void unmap() {
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
        for (ModelFile file : files) {
            file.close();
        }
        files.clear();
    }

    private record Touch(ModelFile file, long offset, long sizeBytes) implements ParallelChunks.Chunk {
        @Override
        public void run() {
            MemorySegment bytes = file.bytes();
            try {
                for (long at = offset; at < offset + sizeBytes; at += PAGE_BYTES) {
                    byte _ = (byte) BYTE.getOpaque(bytes, at);
                }
            } catch (InternalError e) {
                throw file.cutShort(e);
            }
        }
    }
}
