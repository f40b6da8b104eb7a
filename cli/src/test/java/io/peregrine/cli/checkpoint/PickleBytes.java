package io.peregrine.cli.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes what `torch.save` writes: a pickle of protocol 2 and the storages, in a zip archive.
public final class PickleBytes {

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final Map<String, byte[]> storages = new LinkedHashMap<>();

    public PickleBytes() {
        code(0x80, 2);
    }

    public PickleBytes code(int... opcodes) {
        for (int opcode : opcodes) {
            pickle.write(opcode);
        }
        return this;
    }

    public PickleBytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        code('X').int32(bytes.length);
        pickle.writeBytes(bytes);
        return this;
    }

    public PickleBytes int32(int value) {
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    public PickleBytes number(long value) {
        if (value == (int) value) {
            return code('J').int32((int) value);
        }
        code(0x8a, 8);
        pickle.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    public PickleBytes global(String module, String name) {
        pickle.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    public PickleBytes numbers(long... values) {
        code('(');
        for (long value : values) {
            number(value);
        }
        return code('t');
    }

    /// Bytes that tensors may be views of.
    public PickleBytes storage(String key, byte... data) {
        storages.put(key, data);
        return this;
    }

    /// A tensor on the stack.
    ///
    /// @param type `FloatStorage`
    /// @param count elements of the storage
    public PickleBytes tensor(String type, String key, long count, long offset, long[] shape, long[] strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .code('(', '(')
                .text("storage")
                .global("torch", type)
                .text(key)
                .text("cpu")
                .number(count)
                .code('t', 'Q')
                .number(offset)
                .numbers(shape)
                .numbers(strides)
                .code(0x89)
                .global("collections", "OrderedDict")
                .code(')', 'R', 't', 'R');
    }

    /// The archive, with everything that is on the stack left as it is.
    public byte[] archive(boolean zip64) {
        pickle.write('.');
        ZipBytes zip = new ZipBytes(zip64).add("archive/data.pkl", pickle.toByteArray());
        zip.add("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        storages.forEach((key, data) -> zip.add("archive/data/" + key, data));
        return zip.add("archive/version", (byte) '3', (byte) '\n').bytes();
    }

    /// What another one put on the stack, and its storages.
    public PickleBytes take(PickleBytes other) {
        pickle.write(other.pickle.toByteArray(), 2, other.pickle.size() - 2);
        storages.putAll(other.storages);
        return this;
    }

    public static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    public static long[] rowMajor(long... shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= shape[i];
        }
        return strides;
    }
}
