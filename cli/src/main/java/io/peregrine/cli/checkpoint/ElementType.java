package io.peregrine.cli.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a checkpoint stores elements: the names of safetensors, and those of PyTorch's storages.
enum ElementType {
    F64(8, "DoubleStorage"),
    F32(4, "FloatStorage"),
    F16(2, "HalfStorage"),
    BF16(2, "BFloat16Storage"),
    I64(8, "LongStorage"),
    I32(4, "IntStorage"),
    I16(2, "ShortStorage"),
    I8(1, "CharStorage"),
    U8(1, "ByteStorage"),
    BOOL(1, "BoolStorage");

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int bytes;
    private final String storage;

    ElementType(int bytes, String storage) {
        this.bytes = bytes;
        this.storage = storage;
    }

    /// Bytes of an element.
    int bytes() {
        return bytes;
    }

    /// The type that safetensors calls so, or null.
    static @Nullable ElementType named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.name().equals(name))
                .findAny()
                .orElse(null);
    }

    /// The type that a storage class of the module `torch` holds, or null.
    static @Nullable ElementType ofStorage(String name) {
        return Arrays.stream(values())
                .filter(type -> type.storage.equals(name))
                .findAny()
                .orElse(null);
    }

    /// All names, for messages.
    static String all() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }

    /// Reads `count` elements that lie `stride` elements apart.
    ///
    /// @param at byte of the first one
    void read(MemorySegment data, long at, long stride, int count, float[] out, int to) {
        long step = stride * bytes;
        switch (this) {
            case F32 -> {
                if (stride == 1) {
                    MemorySegment.copy(data, FLOAT, at, out, to, count);
                } else {
                    for (int i = 0; i < count; i++) {
                        out[to + i] = data.get(FLOAT, at + i * step);
                    }
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    out[to + i] = Float.float16ToFloat(data.get(SHORT, at + i * step));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    out[to + i] = Float.intBitsToFloat(data.get(SHORT, at + i * step) << 16);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    out[to + i] = element(data, at + i * step);
                }
            }
        }
    }

    private float element(MemorySegment data, long at) {
        return switch (this) {
            case F64 -> (float) data.get(DOUBLE, at);
            case F32 -> data.get(FLOAT, at);
            case F16 -> Float.float16ToFloat(data.get(SHORT, at));
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, at) << 16);
            case I64 -> data.get(LONG, at);
            case I32 -> data.get(INT, at);
            case I16 -> data.get(SHORT, at);
            case I8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case U8 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, at) == 0 ? 0 : 1;
        };
    }
}
