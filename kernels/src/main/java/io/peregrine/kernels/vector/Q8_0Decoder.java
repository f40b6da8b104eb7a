package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Q8_0 to floats; see the format for the fields.
public final class Q8_0Decoder {

    private Q8_0Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 34, o += 32) {
            float d = Codes.f16(data, at);
            for (int i = 0; i < 32; i += Lanes.WIDTH) {
                ((FloatVector) Codes.signed(data, at + 2 + i).convert(VectorOperators.I2F, 0))
                        .mul(d)
                        .intoArray(out, o + i);
            }
        }
    }
}
