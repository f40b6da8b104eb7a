package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Q8_0 to floats; see the format for the fields.
public final class Q8_0Decoder {

    private static final int L = Lanes.WIDTH;

    /// Four vectors of narrow lanes at a time: so often in a block.
    private static final int ROUNDS = Math.max(1, 8 / L);

    private Q8_0Decoder() {}

    /// Decodes `blocks` blocks from byte `at` of `data` to `out[o ..]`.
    public static void decode(MemorySegment data, long at, int blocks, float[] out, int o) {
        if (L == 16) {
            for (int b = 0; b < blocks; b++, at += 34, o += 32) {
                FloatVector d = FloatVector.broadcast(Lanes.FLOAT, Codes.f16(data, at));
                ((FloatVector) Codes.signed(data, at + 2).convert(VectorOperators.I2F, 0)).mul(d).intoArray(out, o);
                ((FloatVector) Codes.signed(data, at + 2 + L).convert(VectorOperators.I2F, 0))
                        .mul(d)
                        .intoArray(out, o + L);
            }
            return;
        }
        for (int n = 0; n < blocks * ROUNDS; n++, o += 4 * L) {
            long block = at + 34L * (n / ROUNDS);
            long p = block + 2 + n % ROUNDS * 4 * L;
            FloatVector d = FloatVector.broadcast(Lanes.FLOAT, Codes.f16(data, block));
            ((FloatVector) Codes.signed(data, p).convert(VectorOperators.I2F, 0)).mul(d).intoArray(out, o);
            ((FloatVector) Codes.signed(data, p + L).convert(VectorOperators.I2F, 0)).mul(d).intoArray(out, o + L);
            ((FloatVector) Codes.signed(data, p + 2 * L).convert(VectorOperators.I2F, 0))
                    .mul(d)
                    .intoArray(out, o + 2 * L);
            ((FloatVector) Codes.signed(data, p + 3 * L).convert(VectorOperators.I2F, 0))
                    .mul(d)
                    .intoArray(out, o + 3 * L);
        }
    }
}
