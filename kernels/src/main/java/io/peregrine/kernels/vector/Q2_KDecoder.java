package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q2_K to floats; see the format for the fields.
public final class Q2_KDecoder {

    private Q2_KDecoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 84, o += 256) {
            float d = Codes.f16(data, at + 80);
            float min = Codes.f16(data, at + 82);
            for (int part = 0; part < 4; part++) {
                int half = part >> 1;
                int side = part & 1;
                long scales = Codes.int64(data, at + 8 * half) >>> 8 * side;
                sixteens(data, at + 16 + 16 * part, scales, d, min, out, o + 128 * half + 16 * side);
            }
        }
    }

    /// Decodes 4 groups of 16 elements that share 16 bytes, 32 elements apart.
    ///
    /// @param scales the groups' bytes, every other one from the lowest
    private static void sixteens(
            MemorySegment data, long at, long scales, float d, float min, float[] out, int o) {
        float d0 = d * (scales & 15);
        float d1 = d * (scales >>> 16 & 15);
        float d2 = d * (scales >>> 32 & 15);
        float d3 = d * (scales >>> 48 & 15);
        float m0 = min * (scales >>> 4 & 15);
        float m1 = min * (scales >>> 20 & 15);
        float m2 = min * (scales >>> 36 & 15);
        float m3 = min * (scales >>> 52 & 15);
        for (int i = 0; i < 16; i += Lanes.WIDTH) {
            IntVector q = Codes.unsigned(data, at + i);
            ((FloatVector) q.and(3).convert(VectorOperators.I2F, 0)).mul(d0).sub(m0).intoArray(out, o + i);
            ((FloatVector) q.lanewise(VectorOperators.LSHR, 2).and(3).convert(VectorOperators.I2F, 0))
                    .mul(d1)
                    .sub(m1)
                    .intoArray(out, o + i + 32);
            ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).and(3).convert(VectorOperators.I2F, 0))
                    .mul(d2)
                    .sub(m2)
                    .intoArray(out, o + i + 64);
            ((FloatVector) q.lanewise(VectorOperators.LSHR, 6).convert(VectorOperators.I2F, 0))
                    .mul(d3)
                    .sub(m3)
                    .intoArray(out, o + i + 96);
        }
    }
}
