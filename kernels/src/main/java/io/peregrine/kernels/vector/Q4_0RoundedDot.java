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

/// Rows of Q4_0 times a row of rounded activations; see the format for the fields. Two products share a lane.
public final class Q4_0RoundedDot implements RoundedDot {

    private static final short LOW = 15;
    private static final short OFFSET = 8;

    @Override
    public int range() {
        return Codes.FINE_RANGE;
    }

    @Override
    public void dot(MemorySegment data, long at, int count, RoundedRow x, RowScratch scratch) {
        short[] codes = x.codes;
        float[] scales = x.scales;
        FloatVector sum = FloatVector.zero(Lanes.NARROW_FLOAT);
        for (int i = 0; i < count; i += 32, at += 18) {
            FloatVector d =
                    FloatVector.broadcast(Lanes.NARROW_FLOAT, Codes.f16(data, at) * scales[i / RoundedRow.BLOCK]);
            for (int j = 0; j < 16; j += 2 * Lanes.NARROW_WIDTH) {
                ShortVector q = (ShortVector) ByteVector.fromMemorySegment(
                                Lanes.NARROW_HALF_BYTE, data, at + 2 + j, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0);
                ShortVector high = q.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 4)
                        .reinterpretAsShorts()
                        .and(LOW)
                        .sub(OFFSET);
                IntVector pairs = q.and(LOW)
                        .sub(OFFSET)
                        .mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, i + j))
                        .add(high.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, i + j + 16)))
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
