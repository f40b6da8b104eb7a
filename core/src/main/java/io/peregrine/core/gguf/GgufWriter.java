package io.peregrine.core.gguf;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/// Makes a GGUF file of version 3, little endian: first metadata and tensors are named, then [#write] streams
/// them, so that a file may be much larger than memory.
///
/// ```java
/// new GgufWriter()
///         .string("general.architecture", "llama")
///         .uint32("llama.block_count", 2)
///         .tensor("output.weight", TensorType.F32, Shape.of(512, 64), segment)
///         .write(path);
/// ```
///
/// Arguments that no reader would accept are `IllegalArgumentException`s at once. For one thread.
public final class GgufWriter {

    /// A tensor to be written.
    private record Item(TensorType type, Shape shape, long sizeBytes, TensorSource source) {}

    private static final int VERSION = 3;
    private static final int MOST_DIMENSIONS = 4;
    private static final int LONGEST_NAME = 63;
    private static final long PIECE_BYTES = 1L << 30;
    private static final int LONGEST_KEY = 65_535;

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Item> items = new LinkedHashMap<>();
    private int alignment = Contents.DEFAULT_ALIGNMENT;

    public GgufWriter string(String key, String value) {
        return put(key, GgufType.STRING, value);
    }

    /// @param value from 0 to 2^32 - 1
    public GgufWriter uint32(String key, long value) {
        return put(key, GgufType.UINT32, value);
    }

    public GgufWriter float32(String key, float value) {
        return put(key, GgufType.FLOAT32, value);
    }

    public GgufWriter bool(String key, boolean value) {
        return put(key, GgufType.BOOL, value);
    }

    public GgufWriter strings(String key, String... values) {
        return putArray(key, GgufType.STRING, values);
    }

    public GgufWriter int32s(String key, int... values) {
        return putArray(key, GgufType.INT32, values);
    }

    public GgufWriter float32s(String key, float... values) {
        return putArray(key, GgufType.FLOAT32, values);
    }

    /// A value of any type but an array.
    ///
    /// @param value a `String`, `Boolean`, `Float` or `Double` as the type says; for integers any integral
    ///     `Number` within the range of the type
    public GgufWriter put(String key, GgufType type, Object value) {
        return put(key, Entry.scalar(type, EntryWriter.checkedScalar(key, type, value)));
    }

    /// An array of values of one type. It is not copied: it must not change before the file is written.
    ///
    /// @param values `String[]`; `byte[]`, `short[]`, `int[]` or `long[]` of the type's width, whose bits
    ///     stand for unsigned values if the type is; `float[]`, `double[]`, `boolean[]`; or an `Object[]` of
    ///     arrays in which Java's types stand for GGUF's signed ones
    public GgufWriter putArray(String key, GgufType elementType, Object values) {
        EntryWriter.checkArray(key, elementType, values);
        return put(key, Entry.array(elementType, values));
    }

    /// Everything of another file's metadata that is not set yet, each value with its type.
    public GgufWriter putMissing(Metadata other) {
        for (String key : other.keys()) {
            if (!entries.containsKey(key)) {
                put(key, other);
            }
        }
        return this;
    }

    /// A value of another file's metadata under the same key, with its type.
    ///
    /// @throws IllegalArgumentException if the other file has no such key
    public GgufWriter put(String key, Metadata other) {
        Entry entry = other.entry(key);
        if (entry == null) {
            throw new IllegalArgumentException(other.file() + " has no key " + key);
        }
        return key.equals(Contents.ALIGNMENT_KEY)
                ? alignment(other.integer(key, 1, Contents.LARGEST_ALIGNMENT))
                : put(key, entry);
    }

    private GgufWriter put(String key, Entry entry) {
        int bytes = EntryWriter.utf8Length(key);
        if (bytes < 1 || bytes > LONGEST_KEY) {
            throw new IllegalArgumentException("a key of " + bytes + " bytes is not within 1.." + LONGEST_KEY);
        }
        if (key.equals(Contents.ALIGNMENT_KEY)) {
            throw new IllegalArgumentException("the alignment has a method of its own");
        }
        if (entries.putIfAbsent(key, entry) != null) {
            throw new IllegalArgumentException("key " + key + " is set twice");
        }
        return this;
    }

    /// Where tensors may begin: at multiples of this from the start of the data. 32 unless set.
    ///
    /// @param bytes a power of two of at most 2^20
    public GgufWriter alignment(int bytes) {
        if (bytes < 1 || bytes > Contents.LARGEST_ALIGNMENT || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException(
                    "alignment " + bytes + " is not a power of two from 1 to " + Contents.LARGEST_ALIGNMENT);
        }
        alignment = bytes;
        entries.put(Contents.ALIGNMENT_KEY, Entry.scalar(GgufType.UINT32, (long) bytes));
        return this;
    }

    /// A tensor whose data come when the file is written; tensors are written in the order of these calls.
    ///
    /// @param shape slowest axis first, at most four
    public GgufWriter tensor(String name, TensorType type, Shape shape, TensorSource source) {
        int bytes = EntryWriter.utf8Length(name);
        if (bytes < 1 || bytes > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "the tensor name " + name + " of " + bytes + " bytes is not within 1.." + LONGEST_NAME);
        }
        if (shape.rank() > MOST_DIMENSIONS) {
            throw new IllegalArgumentException(
                    "tensor " + name + " with shape " + shape + " has more than " + MOST_DIMENSIONS + " axes");
        }
        long size = Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
        if (items.putIfAbsent(name, new Item(type, shape, size, source)) != null) {
            throw new IllegalArgumentException("tensor " + name + " is set twice");
        }
        return this;
    }

    /// @param data exactly the bytes of the tensor; read when the file is written
    public GgufWriter tensor(String name, TensorType type, Shape shape, MemorySegment data) {
        long size = Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
        if (data.byteSize() != size) {
            throw new IllegalArgumentException("tensor " + name + " of type " + type + " and shape " + shape + " needs "
                    + size + " bytes, the segment has " + data.byteSize());
        }
        return tensor(name, type, shape, target -> {
            // A byte buffer is limited to 2 GiB.
            for (long done = 0; done < size; done += PIECE_BYTES) {
                target.write(
                        data.asSlice(done, Math.min(PIECE_BYTES, size - done)).asByteBuffer());
            }
        });
    }

    /// A tensor as another file has it.
    public GgufWriter tensor(Tensor tensor) {
        return tensor(tensor.name(), tensor.type(), tensor.shape(), tensor.data());
    }

    /// Writes the file. It gets its name when it is complete; until then, and if anything fails, a file that
    /// had the name before stays as it was.
    ///
    /// @throws io.peregrine.core.ModelFileException if the file cannot be written
    /// @throws IllegalStateException if a source gives another number of bytes than its tensor has
    public void write(Path path) {
        Path partial = path.resolveSibling(path.getFileName() + "." + UUID.randomUUID() + ".partial");
        try {
            try (FileChannel channel =
                    FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                ByteSink sink = new ByteSink(channel);
                header(sink);
                data(sink);
                sink.flush();
                channel.force(true);
            }
            Files.move(partial, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw ModelFileException.of(path, "write", e);
        } finally {
            delete(partial);
        }
    }

    private void header(ByteSink sink) throws IOException {
        for (byte b : "GGUF".getBytes(StandardCharsets.US_ASCII)) {
            sink.u8(b);
        }
        sink.u32(VERSION);
        sink.u64(items.size());
        sink.u64(entries.size());
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            sink.string(entry.getKey());
            EntryWriter.write(entry.getValue(), sink);
        }
        long offset = 0;
        for (Map.Entry<String, Item> entry : items.entrySet()) {
            Item item = entry.getValue();
            sink.string(entry.getKey());
            long[] dims = item.shape.toArray();
            sink.u32(dims.length);
            for (int i = dims.length - 1; i >= 0; i--) {
                sink.u64(dims[i]);
            }
            sink.u32(item.type.id());
            sink.u64(offset);
            offset = Math.addExact(offset, item.sizeBytes + padding(item.sizeBytes));
        }
        if (!items.isEmpty()) {
            sink.zeros(padding(sink.written()));
        }
    }

    private void data(ByteSink sink) throws IOException {
        for (Map.Entry<String, Item> entry : items.entrySet()) {
            Item item = entry.getValue();
            long before = sink.written();
            item.source.writeTo(sink);
            long given = sink.written() - before;
            if (given != item.sizeBytes) {
                throw new IllegalStateException("tensor " + entry.getKey() + " of type " + item.type + " and shape "
                        + item.shape + " needs " + item.sizeBytes + " bytes, its source gave " + given);
            }
            sink.zeros(padding(item.sizeBytes));
        }
    }

    private long padding(long size) {
        return -size & (alignment - 1);
    }

    /// Removes what is left of a failed attempt; after a successful one there is nothing of that name.
    private static void delete(Path partial) {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            // The failure that is on its way to the caller says more.
        }
    }
}
