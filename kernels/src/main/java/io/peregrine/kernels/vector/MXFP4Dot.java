package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of MXFP4 times a row of activations; see the format for the fields.
public final class MXFP4Dot {

    private MXFP4Dot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        for (int i = 0; i < count; i += 32, at += 17, o += 32) {
            float half = Levels.halfPowerOfTwo(data, at);
            for (int j = 0; j < 16; j += Lanes.WIDTH) {
                ByteVector q = Codes.bytes(data, at + 1 + j);
                ByteVector low = q.and((byte) 15).selectFrom(Levels.E2M1_DOUBLED);
                ByteVector high = q.lanewise(VectorOperators.LSHR, 4).and((byte) 15).selectFrom(Levels.E2M1_DOUBLED);
                a = ((FloatVector) low.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                        .mul(half)
                        .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j), a);
                b = ((FloatVector) high.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                        .mul(half)
                        .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + j + 16), b);
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, scratch.lanes, 0).add(a).add(b).intoArray(scratch.lanes, 0);
    }
}
