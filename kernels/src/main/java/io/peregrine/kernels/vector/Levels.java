package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Formats whose 4-bit codes are looked up in a table of 16 levels: 32 elements in 16 bytes.
///
/// The table is one vector of 16 bytes, whatever the width.
final class Levels {

    /// The levels of IQ4_NL and IQ4_XS.
    static final ByteVector IQ4 =
            of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    /// Twice the values of the 4-bit floats E2M1.
    static final ByteVector E2M1_DOUBLED = of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    private Levels() {}

    /// Half of the power of two whose exponent is the byte at `at`, E8M0.
    static float halfPowerOfTwo(MemorySegment data, long at) {
        int e = data.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
        return Float.intBitsToFloat(e < 2 ? 0x0020_0000 << e : e - 1 << 23);
    }

    private static ByteVector of(int... levels) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 16; i++) {
            bytes[i] = (byte) levels[i];
        }
        return ByteVector.fromArray(ByteVector.SPECIES_128, bytes, 0);
    }

    /// Decodes 32 elements: the low halves of 16 bytes, then the high ones, looked up and multiplied by
    /// `scale`.
    static void decode(ByteVector levels, MemorySegment data, long at, float scale, float[] out, int o) {
        for (int i = 0; i < 16; i += Lanes.WIDTH) {
            ByteVector q = Codes.bytes(data, at + i);
            ByteVector low = q.and((byte) 15).selectFrom(levels);
            ByteVector high = q.lanewise(VectorOperators.LSHR, 4).and((byte) 15).selectFrom(levels);
            ((FloatVector) low.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0)).mul(scale).intoArray(out, o + i);
            ((FloatVector) high.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .mul(scale)
                    .intoArray(out, o + i + 16);
        }
    }
}
