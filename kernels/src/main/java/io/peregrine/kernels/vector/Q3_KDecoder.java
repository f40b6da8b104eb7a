package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q3_K to floats; see the format for the fields.
public final class Q3_KDecoder {

    private Q3_KDecoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 110, o += 256) {
            float d = Codes.f16(data, at + 108);
            long low = Codes.int64(data, at + 96);
            int high = Codes.int32(data, at + 104);
            for (int part = 0; part < 4; part++) {
                int half = part >> 1;
                int side = part & 1;
                long scales = SixBits.ofQ3_K(low >>> 4 * half, high >>> 4 * half) >>> 8 * side;
                long bits = at + 16 * side;
                sixteens(data, at + 32 + 16 * part, bits, 4 * half, scales, d, out, o + 128 * half + 16 * side);
            }
        }
    }

    /// Decodes 4 groups of 16 elements that share 16 bytes of low bits and 16 of high bits, 32 elements
    /// apart.
    ///
    /// @param shift the first group's bit in the bytes at `bits`
    /// @param scales the groups' scales, in every other byte from the lowest
    private static void sixteens(
            MemorySegment data, long at, long bits, int shift, long scales, float d, float[] out, int o) {
        float d0 = d * ((scales & 63) - 32);
        float d1 = d * ((scales >>> 16 & 63) - 32);
        float d2 = d * ((scales >>> 32 & 63) - 32);
        float d3 = d * ((scales >>> 48 & 63) - 32);
        for (int i = 0; i < 16; i += Lanes.WIDTH) {
            IntVector q = Codes.unsigned(data, at + i);
            IntVector h = Codes.unsigned(data, bits + i).lanewise(VectorOperators.LSHR, shift);
            IntVector q0 = q.and(3).or(h.lanewise(VectorOperators.LSHL, 2).and(4));
            IntVector q1 = q.lanewise(VectorOperators.LSHR, 2).and(3).or(h.lanewise(VectorOperators.LSHL, 1).and(4));
            IntVector q2 = q.lanewise(VectorOperators.LSHR, 4).and(3).or(h.and(4));
            IntVector q3 = q.lanewise(VectorOperators.LSHR, 6).or(h.lanewise(VectorOperators.LSHR, 1).and(4));
            ((FloatVector) q0.sub(4).convert(VectorOperators.I2F, 0)).mul(d0).intoArray(out, o + i);
            ((FloatVector) q1.sub(4).convert(VectorOperators.I2F, 0)).mul(d1).intoArray(out, o + i + 32);
            ((FloatVector) q2.sub(4).convert(VectorOperators.I2F, 0)).mul(d2).intoArray(out, o + i + 64);
            ((FloatVector) q3.sub(4).convert(VectorOperators.I2F, 0)).mul(d3).intoArray(out, o + i + 96);
        }
    }
}
