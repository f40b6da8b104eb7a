package io.peregrine.core.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An array of strings or of arrays as a file has it, checked and decoded when first asked for.
///
/// A string of one character takes 9 bytes in the file and several times that as an object: as long as a file
/// may still be refused it must not cost that much, and many users of a file never look at its vocabulary.
final class PackedArray {

    /// Bytes of a length.
    static final int LENGTH_BYTES = 8;

    private static final VarHandle LENGTH = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final GgufType elementType;
    private final int length;
    private byte @Nullable [] bytes;
    private @Nullable Object unpacked;

    /// @param elementType strings or arrays
    /// @param bytes the elements; the caller has checked every length, UTF-8 and bool in them
    PackedArray(GgufType elementType, int length, byte[] bytes) {
        this.elementType = elementType;
        this.length = length;
        this.bytes = bytes;
    }

    /// The Java array: `String[]`, or `Object[]` of arrays.
    synchronized Object unpack() {
        if (unpacked == null) {
            byte[] packed = Objects.requireNonNull(bytes);
            unpacked = new Reader(packed).elements(elementType, length);
            if (elementType == GgufType.STRING) {
                bytes = null;
            }
        }
        return unpacked;
    }

    /// Passes the strings of an array of strings in order, and keeps none of them.
    synchronized void eachString(Consumer<String> action) {
        if (unpacked != null) {
            Arrays.asList((String[]) unpacked).forEach(action);
            return;
        }
        Reader reader = new Reader(Objects.requireNonNull(bytes));
        for (int i = 0; i < length; i++) {
            action.accept(reader.string());
        }
    }

    /// The elements as in a file, or null if only the Java array is left (of strings, which hold the same).
    synchronized byte @Nullable [] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /// The bits of the length there.
    static long lengthAt(byte[] bytes, int at) {
        return (long) LENGTH.get(bytes, at);
    }

    private static final class Reader {
        private final byte[] bytes;
        private final MemorySegment segment;
        private int at;

        Reader(byte[] bytes) {
            this.bytes = bytes;
            this.segment = MemorySegment.ofArray(bytes);
        }

        Object elements(GgufType type, int length) {
            switch (type) {
                case STRING -> {
                    String[] strings = new String[length];
                    for (int i = 0; i < length; i++) {
                        strings[i] = string();
                    }
                    return strings;
                }
                case ARRAY -> {
                    Object[] arrays = new Object[length];
                    for (int i = 0; i < length; i++) {
                        GgufType element = GgufType.values()[segment.get(INT, at)];
                        at += 4;
                        arrays[i] = elements(element, length());
                    }
                    return arrays;
                }
                default -> {
                    Object array = FixedArrays.read(segment, at, type, length);
                    at += length * type.leastBytes();
                    return array;
                }
            }
        }

        String string() {
            int size = length();
            at += size;
            return new String(bytes, at - size, size, StandardCharsets.UTF_8);
        }

        private int length() {
            at += LENGTH_BYTES;
            return (int) lengthAt(bytes, at - LENGTH_BYTES);
        }
    }
}
