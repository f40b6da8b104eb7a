package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q4_1 times a row of activations; see the format for the fields.
public final class Q4_1Dot {

    private Q4_1Dot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 32, at += 20, o += 32) {
            float d = Codes.f16(data, at);
            float m = Codes.f16(data, at + 2);
            for (int j = 0; j < 16; j += Lanes.WIDTH) {
                IntVector q = Codes.unsigned(data, at + 4 + j);
                FloatVector low = ((FloatVector) q.and(15).convert(VectorOperators.I2F, 0)).fma(d, m);
                FloatVector high = ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
                        .fma(d, m);
                a = low.fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j), a);
                b = high.fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j + 16), b);
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
