package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Q5_0 to floats; see the format for the fields.
public final class Q5_0Decoder {

    private Q5_0Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        for (int b = 0; b < blocks; b++, at += 22, o += 32) {
            float d = Codes.f16(data, at);
            int high = Codes.int32(data, at + 2);
            for (int i = 0; i < 16; i += Lanes.WIDTH) {
                IntVector q = Codes.unsigned(data, at + 6 + i);
                IntVector first = q.and(15).or(Codes.bit4(high, i));
                IntVector second = q.lanewise(VectorOperators.LSHR, 4).or(Codes.bit4(high, i + 16));
                ((FloatVector) first.sub(16).convert(VectorOperators.I2F, 0)).mul(d).intoArray(out, o + i);
                ((FloatVector) second.sub(16).convert(VectorOperators.I2F, 0)).mul(d).intoArray(out, o + i + 16);
            }
        }
    }
}
