package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of F16 times a row of activations; the conversion is that of [F16Decoder].
public final class F16Dot {

    private static final int L = Lanes.WIDTH;
    private static final int MAGNITUDE = 0x0FFF_E000;
    private static final int BIAS = 224 << 23;
    private static final int SIGN = 0x8000_0000;

    private F16Dot() {}

    /// See [RowDot#dot].
    public static void dot(MemorySegment data, long at, int count, float[] x, int o, RowScratch scratch) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        int i = 0;
        for (; i <= count - 2 * L; i += 2 * L) {
            IntVector first = (IntVector) ShortVector.fromMemorySegment(
                            Lanes.HALF_SHORT, data, at + 2L * i, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.S2I, Lanes.INT, 0);
            FloatVector u = first.lanewise(VectorOperators.LSHL, 13).and(MAGNITUDE).or(BIAS).reinterpretAsFloats();
            IntVector small = u.fma(0x1p-111f, -0x1p-14f).reinterpretAsInts();
            a = u.mul(0x1p-112f).reinterpretAsInts().min(small).or(first.and(SIGN)).reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + i), a);
            IntVector second = (IntVector) ShortVector.fromMemorySegment(
                            Lanes.HALF_SHORT, data, at + 2L * i + 2 * L, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.S2I, Lanes.INT, 0);
            FloatVector v = second.lanewise(VectorOperators.LSHL, 13).and(MAGNITUDE).or(BIAS).reinterpretAsFloats();
            small = v.fma(0x1p-111f, -0x1p-14f).reinterpretAsInts();
            b = v.mul(0x1p-112f).reinterpretAsInts().min(small).or(second.and(SIGN)).reinterpretAsFloats()
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + i + L), b);
        }
        float[] lanes = scratch.lanes;
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(a).add(b).intoArray(lanes, 0);
        for (; i < count; i++) {
            lanes[0] = Math.fma(Codes.f16(data, at + 2L * i), x[o + i], lanes[0]);
        }
    }
}
