package io.peregrine.core.gguf;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads the key-value pairs of a file, checking every one.
final class MetadataReader {

    /// The smallest pair: a key of one byte with its length, a type, a value of one byte.
    static final int LEAST_PAIR_BYTES = 8 + 1 + 4 + 1;

    /// The longest Java array of bytes that every JVM can make.
    private static final long LONGEST_PACKED = Integer.MAX_VALUE - 8;

    /// Bytes of all keys together: they are kept as strings, which can take twice as much.
    private static final int MOST_KEY_BYTES = 16 << 20;

    private final Cursor in;
    private final GgufLimits limits;
    private long keyBytes;

    MetadataReader(Cursor in, GgufLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    /// Reads so many pairs from where the cursor is.
    Metadata read(int pairs) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < pairs; i++) {
            in.enter("key " + i);
            long offset = in.at();
            String key = in.string("name", limits.keyBytes(), "keyBytes");
            if (key.isEmpty()) {
                throw new ModelFormatException(
                        in.file(), in.where("name", offset), "an empty name", "at least one byte", "");
            }
            keyBytes += in.at() - offset;
            if (keyBytes > MOST_KEY_BYTES) {
                throw new ResourceLimitException(
                        in.file() + ": " + in.where("name", offset),
                        keyBytes + " bytes of keys",
                        MOST_KEY_BYTES + " bytes together",
                        "no known model has so many, check where the file comes from");
            }
            in.enter("key " + Printable.of(key));
            Entry first = entries.get(key);
            if (first != null) {
                throw new ModelFormatException(
                        in.file(),
                        in.where("name", offset),
                        "the same key as at byte " + first.offset(),
                        "each key once",
                        "");
            }
            entries.put(key, value(offset));
        }
        return Metadata.of(in.file(), entries);
    }

    private Entry value(long offset) {
        GgufType type = type(in, "value type");
        if (type == GgufType.ARRAY) {
            return array(offset);
        }
        Object value = switch (type) {
            case UINT8 -> in.u8("value");
            case INT8 -> (int) (byte) in.u8("value");
            case UINT16 -> in.u16("value");
            case INT16 -> (int) (short) in.u16("value");
            case UINT32 -> in.u32("value");
            case INT32 -> (int) in.u32("value");
            case FLOAT32 -> Float.intBitsToFloat((int) in.u32("value"));
            case BOOL -> bool(in);
            case STRING -> text(in.text("value", limits.stringBytes(), "stringBytes"));
            case UINT64 -> unsigned(in.bits64("value"));
            case INT64 -> in.bits64("value");
            case FLOAT64 -> Double.longBitsToDouble(in.bits64("value"));
            case ARRAY -> throw new IllegalStateException();
        };
        return new Entry(type, null, value, offset);
    }

    private static Object text(byte[] utf8) {
        return utf8.length < PackedText.LEAST_BYTES
                ? new String(utf8, StandardCharsets.UTF_8)
                : new PackedText(utf8);
    }

    private static GgufType type(Cursor in, String field) {
        long offset = in.at();
        long id = in.u32(field);
        GgufType type = GgufType.ofId(id);
        if (type == null) {
            throw new ModelFormatException(
                    in.file(),
                    in.where(field, offset),
                    Long.toString(id),
                    "a type from 0 to " + (GgufType.values().length - 1),
                    "");
        }
        return type;
    }

    private static boolean bool(Cursor in) {
        long offset = in.at();
        int value = in.u8("value");
        if (value > 1) {
            throw new ModelFormatException(
                    in.file(), in.where("value", offset), Integer.toString(value), "0 or 1 for a bool", "");
        }
        return value == 1;
    }

    private static Number unsigned(long bits) {
        return bits >= 0 ? (Number) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    private Entry array(long offset) {
        GgufType element = type(in, "element type");
        int length = length(in, element);
        long start = in.at();
        if (element == GgufType.STRING) {
            return new Entry(GgufType.ARRAY, element, strings(length), offset);
        }
        passElements(in, element, length, 1);
        if (element.isFixedSize()) {
            return new Entry(GgufType.ARRAY, element, FixedArrays.read(in.bytes(), start, element, length), offset);
        }
        byte[] packed = in.copy(start, packedSize(start));
        // Once more on the copy, in which nobody can change anything behind the checks.
        passElements(in.over(packed, start), element, length, 1);
        return new Entry(GgufType.ARRAY, element, new PackedArray(element, length, packed), offset);
    }

    /// A vocabulary has hundreds of thousands of short strings: their lengths are checked in the file, all
    /// bytes copied at once, and the texts checked in the copy.
    private PackedArray strings(int length) {
        long start = in.at();
        for (int i = 0; i < length; i++) {
            in.skip(in.count("element length", 1, limits.stringBytes(), "stringBytes"));
        }
        byte[] packed = in.copy(start, packedSize(start));
        checkStrings(in, packed, length, start);
        return new PackedArray(GgufType.STRING, length, packed);
    }

    /// @param start where in the file the copy is from
    static void checkStrings(Cursor in, byte[] packed, int length, long start) {
        int at = 0;
        for (int i = 0; i < length; i++) {
            int from = at + PackedArray.LENGTH_BYTES;
            long size = from > packed.length ? -1 : PackedArray.lengthAt(packed, at);
            if (size < 0 || size > packed.length - from) {
                throw ModelFileException.changing(in.file());
            }
            at = from + (int) size;
            in.checkUtf8(packed, from, at, start + from, "element");
        }
    }

    private int length(Cursor in, GgufType element) {
        return in.count("array length", element.leastBytes(), limits.arrayElements(), "arrayElements");
    }

    private int packedSize(long start) {
        long size = in.at() - start;
        if (size > LONGEST_PACKED) {
            throw new ResourceLimitException(
                    in.file() + ": " + in.where("array", start),
                    size + " bytes",
                    LONGEST_PACKED + " bytes for an array of strings or arrays",
                    "store it as several arrays");
        }
        return (int) size;
    }

    /// Checks the elements of an array and goes past them.
    private void passElements(Cursor in, GgufType element, int length, int depth) {
        switch (element) {
            case STRING -> {
                for (int i = 0; i < length; i++) {
                    in.passString("element", limits.stringBytes(), "stringBytes");
                }
            }
            case ARRAY -> {
                for (int i = 0; i < length; i++) {
                    if (depth == limits.nesting()) {
                        throw in.tooMuch("array", in.at(), "nesting " + (depth + 1), limits.nesting(), "nesting");
                    }
                    GgufType inner = type(in, "element type");
                    passElements(in, inner, length(in, inner), depth + 1);
                }
            }
            case BOOL -> {
                for (int i = 0; i < length; i++) {
                    bool(in);
                }
            }
            default -> in.skip((long) length * element.leastBytes());
        }
    }
}
