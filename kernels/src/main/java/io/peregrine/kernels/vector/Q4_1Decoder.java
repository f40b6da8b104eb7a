package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q4_1 to floats; see the format for the fields.
public final class Q4_1Decoder {

    private Q4_1Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 20, o += 32) {
            float d = Codes.f16(data, at);
            float m = Codes.f16(data, at + 2);
            for (int i = 0; i < 16; i += Lanes.WIDTH) {
                IntVector q = Codes.unsigned(data, at + 4 + i);
                ((FloatVector) q.and(15).convert(VectorOperators.I2F, 0)).mul(d).add(m).intoArray(out, o + i);
                ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
                        .mul(d)
                        .add(m)
                        .intoArray(out, o + i + 16);
            }
        }
    }
}
