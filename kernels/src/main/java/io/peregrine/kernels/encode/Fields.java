package io.peregrine.kernels.encode;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Writes the fields of a block: little endian, at any address.
final class Fields {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Fields() {}

    static void i8(MemorySegment out, long at, int value) {
        out.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    /// @param bits of a float of 16 bits
    static void f16(MemorySegment out, long at, short bits) {
        out.set(SHORT, at, bits);
    }

    static void i32(MemorySegment out, long at, int value) {
        out.set(INT, at, value);
    }

    static void f32(MemorySegment out, long at, float value) {
        out.set(FLOAT, at, value);
    }

    /// Codes of four or five bits of a block of 32: the low halves of bytes hold the first 16 elements.
    static void nibbles(MemorySegment out, long at, int[] codes) {
        for (int i = 0; i < 16; i++) {
            i8(out, at + i, codes[i] & 15 | (codes[i + 16] & 15) << 4);
        }
    }

    /// Bit 4 of 32 codes as one word.
    static int fifthBits(int[] codes) {
        int bits = 0;
        for (int i = 0; i < 32; i++) {
            bits |= (codes[i] >> 4 & 1) << i;
        }
        return bits;
    }
}
