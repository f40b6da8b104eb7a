package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q5_0 times a row of activations; see the format for the fields.
public final class Q5_0Dot {

    private Q5_0Dot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 32, at += 22, o += 32) {
            float d = Codes.f16(data, at);
            int bits = Codes.int32(data, at + 2);
            for (int j = 0; j < 16; j += Lanes.WIDTH) {
                IntVector q = Codes.unsigned(data, at + 6 + j);
                IntVector low = q.and(15).or(Codes.bit4(bits, j)).sub(16);
                IntVector high = q.lanewise(VectorOperators.LSHR, 4).or(Codes.bit4(bits, j + 16)).sub(16);
                a = ((FloatVector) low.convert(VectorOperators.I2F, 0))
                        .mul(d)
                        .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j), a);
                b = ((FloatVector) high.convert(VectorOperators.I2F, 0))
                        .mul(d)
                        .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j + 16), b);
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
