package io.peregrine.core.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Arrays of fixed-size metadata values between a file's bytes and Java arrays: `byte[]` for both 8-bit
/// types, `short[]`, `int[]` and `long[]` likewise (unsigned values keep their bits), `float[]`, `double[]`,
/// `boolean[]`.
final class FixedArrays {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FixedArrays() {}

    /// The elements at `offset`; the caller has checked that they are there.
    static Object read(MemorySegment bytes, long offset, GgufType type, int length) {
        return switch (type) {
            case UINT8, INT8 -> {
                byte[] array = new byte[length];
                MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, array, 0, length);
                yield array;
            }
            case UINT16, INT16 -> {
                short[] array = new short[length];
                MemorySegment.copy(bytes, SHORT, offset, array, 0, length);
                yield array;
            }
            case UINT32, INT32 -> {
                int[] array = new int[length];
                MemorySegment.copy(bytes, INT, offset, array, 0, length);
                yield array;
            }
            case UINT64, INT64 -> {
                long[] array = new long[length];
                MemorySegment.copy(bytes, LONG, offset, array, 0, length);
                yield array;
            }
            case FLOAT32 -> {
                float[] array = new float[length];
                MemorySegment.copy(bytes, FLOAT, offset, array, 0, length);
                yield array;
            }
            case FLOAT64 -> {
                double[] array = new double[length];
                MemorySegment.copy(bytes, DOUBLE, offset, array, 0, length);
                yield array;
            }
            case BOOL -> {
                boolean[] array = new boolean[length];
                for (int i = 0; i < length; i++) {
                    array[i] = bytes.get(ValueLayout.JAVA_BYTE, offset + i) != 0;
                }
                yield array;
            }
            case STRING, ARRAY -> throw new IllegalArgumentException(type + " has no fixed size");
        };
    }

    /// The bytes of an array that [#read] could have made.
    static byte[] bytes(Object array) {
        return switch (array) {
            case byte[] values -> values;
            case short[] values -> {
                MemorySegment target = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 2)]);
                MemorySegment.copy(values, 0, target, SHORT, 0, values.length);
                yield heap(target);
            }
            case int[] values -> {
                MemorySegment target = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 4)]);
                MemorySegment.copy(values, 0, target, INT, 0, values.length);
                yield heap(target);
            }
            case long[] values -> {
                MemorySegment target = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 8)]);
                MemorySegment.copy(values, 0, target, LONG, 0, values.length);
                yield heap(target);
            }
            case float[] values -> {
                MemorySegment target = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 4)]);
                MemorySegment.copy(values, 0, target, FLOAT, 0, values.length);
                yield heap(target);
            }
            case double[] values -> {
                MemorySegment target = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, 8)]);
                MemorySegment.copy(values, 0, target, DOUBLE, 0, values.length);
                yield heap(target);
            }
            case boolean[] values -> {
                byte[] target = new byte[values.length];
                for (int i = 0; i < values.length; i++) {
                    target[i] = (byte) (values[i] ? 1 : 0);
                }
                yield target;
            }
            default -> throw new IllegalArgumentException(array.getClass() + " is not an array of fixed-size values");
        };
    }

    private static byte[] heap(MemorySegment segment) {
        return (byte[]) segment.heapBase().orElseThrow();
    }
}
