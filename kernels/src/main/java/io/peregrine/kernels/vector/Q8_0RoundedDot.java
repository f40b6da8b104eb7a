package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RoundedDot;
import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.RowScratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q8_0 times a row of rounded activations; see the format for the fields. A block is one vector of products
/// where there are 512 bits, otherwise two products share a lane.
public final class Q8_0RoundedDot implements RoundedDot {

    @Override
    public int range() {
        return Short.MAX_VALUE / (2 * 128);
    }

    @Override
    public void dot(
            MemorySegment data, long at, int count, float[] x, int xOffset, RoundedRow rounded, RowScratch scratch) {
        if (Lanes.WIDTH == 16) {
            wide(data, at, count, rounded.codes, rounded.scales, scratch.lanes);
        } else {
            narrow(data, at, count, rounded.codes, rounded.scales, scratch.lanes);
        }
    }

    private static void wide(MemorySegment data, long at, int count, short[] codes, float[] scales, float[] lanes) {
        FloatVector sum = FloatVector.zero(Lanes.FLOAT);
        for (int i = 0; i < count; i += 32, at += 34) {
            IntVector products = ((ShortVector) ByteVector.fromMemorySegment(
                                    Lanes.HALF_BYTE, data, at + 2, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.B2S, Lanes.SHORT, 0))
                    .mul(ShortVector.fromArray(Lanes.SHORT, codes, i))
                    .reinterpretAsInts();
            sum = FloatVector.broadcast(Lanes.FLOAT, Codes.f16(data, at) * scales[i / RoundedRow.BLOCK])
                    .fma(
                            (FloatVector) products.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(products.lanewise(VectorOperators.ASHR, 16))
                                    .convert(VectorOperators.I2F, 0),
                            sum);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(sum).intoArray(lanes, 0);
    }

    private static void narrow(MemorySegment data, long at, int count, short[] codes, float[] scales, float[] lanes) {
        FloatVector sum = FloatVector.zero(Lanes.NARROW_FLOAT);
        for (int n = 0; n < count / 32 * Codes.STEPS; n++) {
            int b = n / Codes.STEPS;
            int j = n % Codes.STEPS * Codes.STEP;
            long p = at + 34L * b;
            int o = 32 * b + j;
            FloatVector d = FloatVector.broadcast(Lanes.NARROW_FLOAT, Codes.f16(data, p) * scales[b]);
            ShortVector first = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p + 2 + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2S, Lanes.NARROW_SHORT, 0);
            ShortVector second = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p + 18 + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2S, Lanes.NARROW_SHORT, 0);
            IntVector pairs = first.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o))
                    .add(second.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o + 16)))
                    .reinterpretAsInts();
            sum = d.fma(
                    (FloatVector) pairs.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 16)
                            .add(pairs.lanewise(VectorOperators.ASHR, 16))
                            .convert(VectorOperators.I2F, 0),
                    sum);
        }
        FloatVector.fromArray(Lanes.NARROW_FLOAT, lanes, 0).add(sum).intoArray(lanes, 0);
    }
}
