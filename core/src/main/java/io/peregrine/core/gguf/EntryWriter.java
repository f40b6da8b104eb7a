package io.peregrine.core.gguf;

import java.io.IOException;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Metadata values checked and written as a file has them.
final class EntryWriter {

    private static final BigInteger MOST_UINT64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private EntryWriter() {}

    /// Bytes of a text in UTF-8.
    ///
    /// @throws IllegalArgumentException if it holds half a surrogate pair, which has no UTF-8
    static int utf8Length(String text) {
        try {
            return StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(text))
                    .remaining();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the text " + Printable.of(text) + " cannot be written as UTF-8", e);
        }
    }

    /// The value in the form that [Entry] keeps for the type.
    static Object checkedScalar(String key, GgufType type, Object value) {
        Object checked = switch (type) {
            case UINT8 -> integer(value, 0, 0xff);
            case INT8 -> integer(value, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case UINT16 -> integer(value, 0, 0xffff);
            case INT16 -> integer(value, Short.MIN_VALUE, Short.MAX_VALUE);
            case UINT32 -> integer(value, 0, 0xffff_ffffL);
            case INT32 -> integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case INT64 -> integer(value, Long.MIN_VALUE, Long.MAX_VALUE);
            case UINT64 ->
                value instanceof BigInteger big && big.signum() >= 0 && big.compareTo(MOST_UINT64) <= 0
                        ? big
                        : integer(value, 0, Long.MAX_VALUE);
            case FLOAT32 -> value instanceof Float ? value : null;
            case FLOAT64 -> value instanceof Double ? value : null;
            case BOOL -> value instanceof Boolean ? value : null;
            case STRING -> value instanceof String text && utf8Length(text) >= 0 ? text : null;
            case ARRAY -> null;
        };
        if (checked == null) {
            throw new IllegalArgumentException("key " + key + ": " + value + " is no " + type);
        }
        return checked;
    }

    /// An integral number in the class that the reader uses for the type: `Integer` where every value fits.
    private static @Nullable Number integer(Object value, long min, long max) {
        if (!(value instanceof Byte || value instanceof Short || value instanceof Integer || value instanceof Long)) {
            return null;
        }
        long number = ((Number) value).longValue();
        if (number < min || number > max) {
            return null;
        }
        return max <= Integer.MAX_VALUE ? (Number) (int) number : (Number) number;
    }

    /// Fails unless the Java array fits the element type.
    static void checkArray(String key, GgufType elementType, Object values) {
        boolean fits = switch (elementType) {
            case UINT8, INT8 -> values instanceof byte[];
            case UINT16, INT16 -> values instanceof short[];
            case UINT32, INT32 -> values instanceof int[];
            case UINT64, INT64 -> values instanceof long[];
            case FLOAT32 -> values instanceof float[];
            case FLOAT64 -> values instanceof double[];
            case BOOL -> values instanceof boolean[];
            case STRING -> values instanceof String[];
            case ARRAY -> values instanceof Object[] && !(values instanceof String[]);
        };
        if (!fits) {
            throw new IllegalArgumentException(
                    "key " + key + ": " + values.getClass().getSimpleName() + " is no array of " + elementType);
        }
        switch (values) {
            case String[] strings -> {
                for (String text : strings) {
                    utf8Length(text);
                }
            }
            case Object[] arrays -> {
                for (Object array : arrays) {
                    GgufType inner = Entry.of(array).elementType();
                    if (inner == null) {
                        throw new IllegalArgumentException("key " + key + ": " + array + " is no array");
                    }
                    checkArray(key, inner, array);
                }
            }
            default -> {}
        }
    }

    /// Writes the type and the value.
    static void write(Entry entry, ByteSink sink) throws IOException {
        sink.u32(entry.type().id());
        GgufType elementType = entry.elementType();
        if (elementType != null) {
            writeArray(elementType, entry.stored(), sink);
            return;
        }
        Object value = entry.value();
        switch (entry.type()) {
            case UINT8, INT8 -> sink.u8(((Number) value).intValue());
            case UINT16, INT16 -> sink.u16(((Number) value).intValue());
            case UINT32, INT32 -> sink.u32(((Number) value).intValue());
            case UINT64, INT64 -> sink.u64(((Number) value).longValue());
            case FLOAT32 -> sink.u32(Float.floatToRawIntBits((Float) value));
            case FLOAT64 -> sink.u64(Double.doubleToRawLongBits((Double) value));
            case BOOL -> sink.u8((Boolean) value ? 1 : 0);
            case STRING -> sink.string((String) value);
            case ARRAY -> throw new IllegalStateException("an array without an element type");
        }
    }

    /// @param stored a Java array or a [PackedArray]
    private static void writeArray(GgufType elementType, Object stored, ByteSink sink) throws IOException {
        sink.u32(elementType.id());
        byte[] packed = stored instanceof PackedArray array ? array.bytes() : null;
        if (packed != null) {
            sink.u64(((PackedArray) stored).length());
            sink.write(ByteBuffer.wrap(packed));
            return;
        }
        switch (stored instanceof PackedArray array ? array.unpack() : stored) {
            case String[] strings -> {
                sink.u64(strings.length);
                for (String text : strings) {
                    sink.string(text);
                }
            }
            case Object[] arrays -> {
                sink.u64(arrays.length);
                for (Object array : arrays) {
                    writeArray(Objects.requireNonNull(Entry.of(array).elementType()), array, sink);
                }
            }
            case Object fixed -> {
                sink.u64(Array.getLength(fixed));
                sink.write(ByteBuffer.wrap(FixedArrays.bytes(fixed)));
            }
        }
    }
}
