package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An open GGUF model: its metadata and its tensors, which stay valid until [#close].
///
/// Safe to read from any thread; whoever opened it closes it, once nobody uses its tensors any more.
public final class GgufFile implements AutoCloseable {

    private final Path path;
    private final Metadata metadata;
    private final Map<String, Tensor> tensors;
    private final Arena arena;

    private GgufFile(Path path, Metadata metadata, Map<String, Tensor> tensors, Arena arena) {
        this.path = path;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.arena = arena;
    }

    /// Opens a file, mapping its weights.
    public static GgufFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            Cursor in = new Cursor(bytes);
            in.u32();
            in.u32();
            long tensorCount = in.u64();
            long pairs = in.u64();
            Map<String, Object> values = new LinkedHashMap<>();
            for (long i = 0; i < pairs; i++) {
                String key = in.string();
                values.put(key, in.value(in.u32()));
            }
            Metadata metadata = new Metadata(path.toString(), values);
            record Info(String name, TensorType type, Shape shape, long offset) {}
            Map<String, Info> infos = new LinkedHashMap<>();
            for (long i = 0; i < tensorCount; i++) {
                String name = in.string();
                int rank = in.u32();
                long[] dims = new long[rank];
                for (int d = 0; d < rank; d++) {
                    dims[rank - 1 - d] = in.u64();
                }
                int id = in.u32();
                TensorType type = TensorType.ofId(id);
                if (type == null) {
                    throw new UnsupportedModelException(path.toString(), "tensor type " + id + " of " + name, "");
                }
                infos.put(name, new Info(name, type, Shape.of(dims), in.u64()));
            }
            int alignment = metadata.integer("general.alignment", 32, 1, 1 << 20);
            long base = (in.at + alignment - 1) / alignment * alignment;
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Info info : infos.values()) {
                long size = info.shape.rows() * info.type.rowBytes(info.shape.columns());
                tensors.put(
                        info.name,
                        new Tensor(info.name, info.type, info.shape, bytes.asSlice(base + info.offset, size)));
            }
            return new GgufFile(path, metadata, tensors, arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /// The file, or the first one of a split model.
    public Path path() {
        return path;
    }

    public Metadata metadata() {
        return metadata;
    }

    /// All tensors by name, in the order of the file.
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    public @Nullable Tensor tensorOrNull(String name) {
        return tensors.get(name);
    }

    /// @throws io.peregrine.core.ModelFormatException if there is no such tensor
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelFormatException(path.toString(), "tensor " + name, "nothing", "a tensor", "");
        }
        return tensor;
    }

    /// Gives the memory back; tensors used afterwards throw `IllegalStateException`. Closing twice does nothing.
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private static final class Cursor {
        private static final ValueLayout.OfInt INT =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfLong LONG =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private final MemorySegment bytes;
        private long at;

        Cursor(MemorySegment bytes) {
            this.bytes = bytes;
        }

        int u32() {
            at += 4;
            return bytes.get(INT, at - 4);
        }

        long u64() {
            at += 8;
            return bytes.get(LONG, at - 8);
        }

        String string() {
            byte[] text = new byte[(int) u64()];
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, text, 0, text.length);
            at += text.length;
            return new String(text, StandardCharsets.UTF_8);
        }

        Object value(int type) {
            return switch (type) {
                case 0, 1 -> (int) bytes.get(ValueLayout.JAVA_BYTE, at++);
                case 4, 5 -> u32();
                case 6 -> Float.intBitsToFloat(u32());
                case 7 -> bytes.get(ValueLayout.JAVA_BYTE, at++) != 0;
                case 8 -> string();
                case 9 -> array(u32(), (int) u64());
                case 10, 11 -> u64();
                case 12 -> Double.longBitsToDouble(u64());
                default -> throw new IllegalArgumentException("type " + type);
            };
        }

        Object array(int type, int length) {
            switch (type) {
                case 4, 5 -> {
                    int[] ints = new int[length];
                    for (int i = 0; i < length; i++) {
                        ints[i] = u32();
                    }
                    return ints;
                }
                case 6 -> {
                    float[] floats = new float[length];
                    for (int i = 0; i < length; i++) {
                        floats[i] = Float.intBitsToFloat(u32());
                    }
                    return floats;
                }
                case 8 -> {
                    String[] strings = new String[length];
                    for (int i = 0; i < length; i++) {
                        strings[i] = string();
                    }
                    return strings;
                }
                default -> throw new IllegalArgumentException("array of type " + type);
            }
        }
    }
}
