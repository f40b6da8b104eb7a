package io.peregrine.core.memory;

import io.peregrine.core.ModelFileException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// One open file of a model: its bytes, mapped read only, and what it was when it was opened.
///
/// The [ModelMemory] that opened it closes it.
public final class ModelFile {

    private static final String CHANGED = "a model file in use must not be written to: "
            + "replace it by renaming another one over it, or load with copied weights; load it again now";

    private final Path path;
    /// Kept open for its size: unlike a channel's, its `length` survives an interrupted thread.
    private final RandomAccessFile file;

    private final long sizeBytes;
    private final FileTime modified;
    private final @Nullable Object key;
    private final MemorySegment bytes;

    private ModelFile(Path path, RandomAccessFile file, BasicFileAttributes attributes, MemorySegment bytes) {
        this.path = path;
        this.file = file;
        this.sizeBytes = bytes.byteSize();
        this.modified = attributes.lastModifiedTime();
        this.key = attributes.fileKey();
        this.bytes = bytes;
    }

    /// Opens and maps a regular file; anything else (a directory, a pipe, which would block) is an error.
    static ModelFile open(Path path, Arena arena) {
        RandomAccessFile file = null;
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new ModelFileException(path.toString(), "is a directory", "give the path of a .gguf file in it");
            }
            if (!attributes.isRegularFile()) {
                throw new ModelFileException(
                        path.toString(),
                        "is a pipe or a device",
                        "models are mapped into memory: save it as a file first");
            }
            if (!Files.isReadable(path)) {
                throw new AccessDeniedException(path.toString());
            }
            file = new RandomAccessFile(path.toFile(), "r");
            MemorySegment bytes = file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, file.length(), arena);
            return new ModelFile(path, file, attributes, bytes);
        } catch (ClosedByInterruptException e) {
            closeQuietly(file);
            throw cancelled(path);
        } catch (IOException e) {
            closeQuietly(file);
            throw ModelFileException.of(path, "read", e);
        }
    }

    public Path path() {
        return path;
    }

    /// The size when it was opened.
    public long sizeBytes() {
        return sizeBytes;
    }

    /// The whole file, mapped read only; gone once its memory is closed or its weights are copied.
    public MemorySegment bytes() {
        return bytes;
    }

    /// Fills `target` with the file's bytes from `offset` on; several threads may.
    void read(MemorySegment target, long offset) {
        try {
            FileChannel channel = file.getChannel();
            ByteBuffer buffer = target.asByteBuffer();
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw cutShort(null);
                }
            }
        } catch (IOException e) {
            throw ModelFileException.of(path, "read", e);
        }
    }

    /// Fails if the file was written to since it was opened: a mapped file that became shorter would end the
    /// JVM. Another file renamed to this one's path is harmless, since the mapping keeps the old one.
    void checkUnchanged() {
        try {
            long now = file.length();
            if (now != sizeBytes) {
                throw new ModelFileException(
                        path.toString(),
                        "changed while in use: found " + now + " bytes, expected " + sizeBytes,
                        CHANGED);
            }
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            boolean same = key == null || key.equals(attributes.fileKey());
            if (same && !attributes.lastModifiedTime().equals(modified)) {
                throw new ModelFileException(
                        path.toString(),
                        "changed while in use: found modification time " + attributes.lastModifiedTime() + ", expected "
                                + modified,
                        CHANGED);
            }
        } catch (java.nio.file.NoSuchFileException e) {
            // Deleted or renamed: the mapping keeps it.
            return;
        } catch (IOException e) {
            throw ModelFileException.of(path, "read", e);
        }
    }

    /// The error for a file that turned out shorter than when it was opened.
    ModelFileException cutShort(@Nullable Throwable cause) {
        return new ModelFileException(path.toString(), "was cut short while it was being read", CHANGED, cause);
    }

    static CancellationException cancelled(Path path) {
        return new CancellationException(path + ": loading was cancelled");
    }

    void close() {
        closeQuietly(file);
    }

    /// A file that was only read has nothing to lose when its closing fails.
    private static void closeQuietly(@Nullable RandomAccessFile file) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                // Nothing was written.
            }
        }
    }
}
