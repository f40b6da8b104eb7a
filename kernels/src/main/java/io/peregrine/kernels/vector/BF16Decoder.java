package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.VectorOperators;

/// BF16 to floats; see the format for the fields.
public final class BF16Decoder {

    private BF16Decoder() {}

    /// Decodes `count` elements from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int count, float[] out, int o) {
        int vectors = Lanes.FLOAT.loopBound(count);
        int i = 0;
        for (; i < vectors; i += Lanes.WIDTH) {
            Codes.shorts(data, at + 2L * i)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(out, o + i);
        }
        for (; i < count; i++) {
            out[o + i] = Codes.bf16(data, at + 2L * i);
        }
    }
}
