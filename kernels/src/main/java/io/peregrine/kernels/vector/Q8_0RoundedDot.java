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

/// Rows of Q8_0 times a row of rounded activations; see the format for the fields. Two products share a lane.
public final class Q8_0RoundedDot implements RoundedDot {

    @Override
    public int range() {
        return Short.MAX_VALUE / (2 * 128);
    }

    @Override
    public void dot(MemorySegment data, long at, int count, RoundedRow x, RowScratch scratch) {
        short[] codes = x.codes;
        float[] scales = x.scales;
        FloatVector sum = FloatVector.zero(Lanes.NARROW_FLOAT);
        for (int i = 0; i < count; i += 32, at += 34) {
            FloatVector d =
                    FloatVector.broadcast(Lanes.NARROW_FLOAT, Codes.f16(data, at) * scales[i / RoundedRow.BLOCK]);
            for (int j = 0; j < 16; j += 2 * Lanes.NARROW_WIDTH) {
                ShortVector first = (ShortVector) ByteVector.fromMemorySegment(
                                Lanes.NARROW_HALF_BYTE, data, at + 2 + j, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.B2S, Lanes.NARROW_SHORT, 0);
                ShortVector second = (ShortVector) ByteVector.fromMemorySegment(
                                Lanes.NARROW_HALF_BYTE, data, at + 18 + j, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.B2S, Lanes.NARROW_SHORT, 0);
                IntVector pairs = first.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, i + j))
                        .add(second.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, i + j + 16)))
                        .reinterpretAsInts();
                sum = d.fma(
                        (FloatVector) pairs.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(pairs.lanewise(VectorOperators.ASHR, 16))
                                .convert(VectorOperators.I2F, 0),
                        sum);
            }
        }
        FloatVector.fromArray(Lanes.NARROW_FLOAT, scratch.lanes, 0).add(sum).intoArray(scratch.lanes, 0);
    }
}
