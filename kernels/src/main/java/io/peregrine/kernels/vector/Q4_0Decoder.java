package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q4_0 to floats; see the format for the fields.
public final class Q4_0Decoder {

    private Q4_0Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 18, o += 32) {
            float d = Codes.f16(data, at);
            for (int i = 0; i < 16; i += Lanes.WIDTH) {
                IntVector q = Codes.unsigned(data, at + 2 + i);
                ((FloatVector) q.and(15).sub(8).convert(VectorOperators.I2F, 0)).mul(d).intoArray(out, o + i);
                ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).sub(8).convert(VectorOperators.I2F, 0))
                        .mul(d)
                        .intoArray(out, o + i + 16);
            }
        }
    }
}
