package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q6_K to floats; see the format for the fields.
public final class Q6_KDecoder {

    private Q6_KDecoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 210, o += 256) {
            float d = Codes.f16(data, at + 208);
            for (int part = 0; part < 4; part++) {
                int half = part >> 1;
                int side = part & 1;
                long scales = Codes.int64(data, at + 192 + 8 * half) >>> 8 * side;
                long low = at + 64 * half + 16 * side;
                sixteens(data, low, at + 128 + 16 * part, scales, d, out, o + 128 * half + 16 * side);
            }
        }
    }

    /// Decodes 4 groups of 16 elements that share 16 bytes of high bits, 32 elements apart.
    ///
    /// @param scales the groups' scales, in every other byte from the lowest
    private static void sixteens(
            MemorySegment data, long low, long high, long scales, float d, float[] out, int o) {
        float d0 = d * (byte) scales;
        float d1 = d * (byte) (scales >>> 16);
        float d2 = d * (byte) (scales >>> 32);
        float d3 = d * (byte) (scales >>> 48);
        for (int i = 0; i < 16; i += Lanes.WIDTH) {
            IntVector even = Codes.unsigned(data, low + i);
            IntVector odd = Codes.unsigned(data, low + 32 + i);
            IntVector h = Codes.unsigned(data, high + i);
            IntVector q0 = even.and(15).or(h.lanewise(VectorOperators.LSHL, 4).and(48));
            IntVector q1 = odd.and(15).or(h.lanewise(VectorOperators.LSHL, 2).and(48));
            IntVector q2 = even.lanewise(VectorOperators.LSHR, 4).or(h.and(48));
            IntVector q3 = odd.lanewise(VectorOperators.LSHR, 4).or(h.lanewise(VectorOperators.LSHR, 2).and(48));
            ((FloatVector) q0.sub(32).convert(VectorOperators.I2F, 0)).mul(d0).intoArray(out, o + i);
            ((FloatVector) q1.sub(32).convert(VectorOperators.I2F, 0)).mul(d1).intoArray(out, o + i + 32);
            ((FloatVector) q2.sub(32).convert(VectorOperators.I2F, 0)).mul(d2).intoArray(out, o + i + 64);
            ((FloatVector) q3.sub(32).convert(VectorOperators.I2F, 0)).mul(d3).intoArray(out, o + i + 96);
        }
    }
}
