package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q3_K times a row of activations; see the format for the fields.
public final class Q3_KDot {

    private Q3_KDot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 256, at += 110, o += 256) {
            float d = Codes.f16(data, at + 108);
            long low = Codes.int64(data, at + 96);
            int high = Codes.int32(data, at + 104);
            for (int part = 0; part < 4; part++) {
                int side = part & 1;
                int half = part >> 1;
                long scales = SixBits.ofQ3_K(low >>> 4 * half, high >>> 4 * half) >>> 8 * side;
                float d0 = d * ((scales & 63) - 32);
                float d1 = d * ((scales >>> 16 & 63) - 32);
                float d2 = d * ((scales >>> 32 & 63) - 32);
                float d3 = d * ((scales >>> 48 & 63) - 32);
                long codes = at + 32 + 16 * part;
                int p = o + 128 * half + 16 * side;
                for (int j = 0; j < 16; j += Lanes.WIDTH) {
                    IntVector q = Codes.unsigned(data, codes + j);
                    IntVector h = Codes.unsigned(data, at + 16 * side + j).lanewise(VectorOperators.LSHR, 4 * half);
                    IntVector q0 = q.and(3).or(h.lanewise(VectorOperators.LSHL, 2).and(4)).sub(4);
                    IntVector q1 = q.lanewise(VectorOperators.LSHR, 2)
                            .and(3)
                            .or(h.lanewise(VectorOperators.LSHL, 1).and(4))
                            .sub(4);
                    IntVector q2 = q.lanewise(VectorOperators.LSHR, 4).and(3).or(h.and(4)).sub(4);
                    IntVector q3 = q.lanewise(VectorOperators.LSHR, 6)
                            .or(h.lanewise(VectorOperators.LSHR, 1).and(4))
                            .sub(4);
                    a = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                            .mul(d0)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j), a);
                    b = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                            .mul(d1)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 32), b);
                    a = ((FloatVector) q2.convert(VectorOperators.I2F, 0))
                            .mul(d2)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 64), a);
                    b = ((FloatVector) q3.convert(VectorOperators.I2F, 0))
                            .mul(d3)
                            .fma(FloatVector.fromArray(Lanes.FLOAT, x, p + j + 96), b);
                }
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
