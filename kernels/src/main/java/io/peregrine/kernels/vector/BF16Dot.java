package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of BF16 times a row of activations.
public final class BF16Dot {

    private static final int L = Lanes.WIDTH;

    private BF16Dot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i <= count - 4 * L; i += 4 * L) {
            long p = at + 2L * i;
            int q = o + i;
            a = ((IntVector) ShortVector.fromMemorySegment(
                                    Lanes.HALF_SHORT, data, p, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.S2I, Lanes.INT, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q), a);
            b = ((IntVector) ShortVector.fromMemorySegment(
                                    Lanes.HALF_SHORT, data, p + 2 * L, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.S2I, Lanes.INT, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + L), b);
            c = ((IntVector) ShortVector.fromMemorySegment(
                                    Lanes.HALF_SHORT, data, p + 4 * L, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.S2I, Lanes.INT, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + 2 * L), c);
            d = ((IntVector) ShortVector.fromMemorySegment(
                                    Lanes.HALF_SHORT, data, p + 6 * L, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.S2I, Lanes.INT, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, q + 3 * L), d);
        }
        float[] lanes = scratch.lanes;
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(a).add(b).intoArray(lanes, 0);
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(c).add(d).intoArray(lanes, 0);
        for (; i < count; i++) {
            lanes[0] = Math.fma(Codes.bf16(data, at + 2L * i), x[o + i], lanes[0]);
        }
    }
}
