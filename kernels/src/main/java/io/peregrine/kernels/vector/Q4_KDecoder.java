package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q4_K to floats; see the format for the fields.
public final class Q4_KDecoder {

    private Q4_KDecoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 144, o += 256) {
            float d = Codes.f16(data, at);
            float min = Codes.f16(data, at + 2);
            long scales = SixBits.scales(data, at + 4);
            long mins = SixBits.mins(data, at + 4);
            for (int pair = 0; pair < 4; pair++, scales >>>= 16, mins >>>= 16) {
                float d0 = d * (scales & 63);
                float m0 = min * (mins & 63);
                float d1 = d * (scales >>> 8 & 63);
                float m1 = min * (mins >>> 8 & 63);
                long codes = at + 16 + 32 * pair;
                int to = o + 64 * pair;
                for (int i = 0; i < 32; i += Lanes.WIDTH) {
                    IntVector q = Codes.unsigned(data, codes + i);
                    ((FloatVector) q.and(15).convert(VectorOperators.I2F, 0)).mul(d0).sub(m0).intoArray(out, to + i);
                    ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
                            .mul(d1)
                            .sub(m1)
                            .intoArray(out, to + i + 32);
                }
            }
        }
    }
}
