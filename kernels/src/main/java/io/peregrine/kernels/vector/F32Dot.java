package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/// Rows of F32 times a row of activations.
public final class F32Dot {

    private static final int L = Lanes.WIDTH;

    private F32Dot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 4 * L; i += 4 * L) {
            long p = at + 4L * i;
            int q = o + i;
            a = FloatVector.fromMemorySegment(Lanes.FLOAT, data, p, ByteOrder.LITTLE_ENDIAN)
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q), a);
            b = FloatVector.fromMemorySegment(Lanes.FLOAT, data, p + 4 * L, ByteOrder.LITTLE_ENDIAN)
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + L), b);
            c = FloatVector.fromMemorySegment(Lanes.FLOAT, data, p + 8 * L, ByteOrder.LITTLE_ENDIAN)
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + 2 * L), c);
            d = FloatVector.fromMemorySegment(Lanes.FLOAT, data, p + 12 * L, ByteOrder.LITTLE_ENDIAN)
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + 3 * L), d);
        }
        float[] lanes = scratch.lanes;
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(a).add(b).intoArray(lanes, 0);
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(c).add(d).intoArray(lanes, 0);
        for (; i < count; i++) {
            lanes[0] = Math.fma(Float.intBitsToFloat(Codes.int32(data, at + 4L * i)), x[o + i], lanes[0]);
        }
    }
}
