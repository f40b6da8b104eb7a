package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q5_K times a row of activations; see the format for the fields.
public final class Q5_KDot {

    private Q5_KDot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 256, at += 176, o += 256) {
            float d = Codes.f16(data, at);
            float min = -Codes.f16(data, at + 2);
            long scales = SixBits.scales(data, at + 4);
            long mins = SixBits.mins(data, at + 4);
            for (int pair = 0; pair < 4; pair++, scales >>>= 16, mins >>>= 16) {
                float d0 = d * (scales & 63);
                float m0 = min * (mins & 63);
                float d1 = d * (scales >>> 8 & 63);
                float m1 = min * (mins >>> 8 & 63);
                long codes = at + 48 + 32 * pair;
                int p = o + 64 * pair;
                for (int j = 0; j < 32; j += Lanes.WIDTH) {
                    IntVector q = Codes.unsigned(data, codes + j);
                    IntVector h = Codes.unsigned(data, at + 16 + j).lanewise(VectorOperators.LSHR, 2 * pair);
                    IntVector low = q.and(15).or(h.lanewise(VectorOperators.LSHL, 4).and(16));
                    IntVector high = q.lanewise(VectorOperators.LSHR, 4)
                            .or(h.lanewise(VectorOperators.LSHL, 3).and(16));
                    a = ((FloatVector) low.convert(VectorOperators.I2F, 0))
                            .fma(d0, m0)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j), a);
                    b = ((FloatVector) high.convert(VectorOperators.I2F, 0))
                            .fma(d1, m1)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 32), b);
                }
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
