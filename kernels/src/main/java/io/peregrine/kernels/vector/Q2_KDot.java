package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q2_K times a row of activations; see the format for the fields.
public final class Q2_KDot {

    private Q2_KDot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 256, at += 84, o += 256) {
            float d = Codes.f16(data, at + 80);
            float min = -Codes.f16(data, at + 82);
            for (int part = 0; part < 4; part++) {
                int side = part & 1;
                int half = part >> 1;
                long scales = Codes.int64(data, at + 8 * half) >>> 8 * side;
                float d0 = d * (scales & 15);
                float d1 = d * (scales >>> 16 & 15);
                float d2 = d * (scales >>> 32 & 15);
                float d3 = d * (scales >>> 48 & 15);
                float m0 = min * (scales >>> 4 & 15);
                float m1 = min * (scales >>> 20 & 15);
                float m2 = min * (scales >>> 36 & 15);
                float m3 = min * (scales >>> 52 & 15);
                long codes = at + 16 + 16 * part;
                int p = o + 128 * half + 16 * side;
                for (int j = 0; j < 16; j += Lanes.WIDTH) {
                    IntVector q = Codes.unsigned(data, codes + j);
                    a = ((FloatVector) q.and(3).convert(VectorOperators.I2F, 0))
                            .fma(d0, m0)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j), a);
                    b = ((FloatVector) q.lanewise(VectorOperators.LSHR, 2).and(3).convert(VectorOperators.I2F, 0))
                            .fma(d1, m1)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 32), b);
                    a = ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).and(3).convert(VectorOperators.I2F, 0))
                            .fma(d2, m2)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 64), a);
                    b = ((FloatVector) q.lanewise(VectorOperators.LSHR, 6).convert(VectorOperators.I2F, 0))
                            .fma(d3, m3)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 96), b);
                }
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
