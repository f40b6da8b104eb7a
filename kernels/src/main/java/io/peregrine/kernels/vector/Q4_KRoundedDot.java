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

/// Rows of Q4_K times a row of rounded activations; see the format for the fields. A group is one vector of products
/// where there are 512 bits, otherwise two products share a lane.
///
/// The scales of the whole row come first, so that one loop without others inside goes over pairs of groups: such a
/// loop is compiled well.
public final class Q4_KRoundedDot implements RoundedDot {

    private static final short LOW = 15;
    private static final int BLOCK_BYTES = 144;

    @Override
    public int range() {
        return Codes.FINE_RANGE;
    }

    @Override
    public void dot(
            MemorySegment data, long at, int count, float[] x, int xOffset, RoundedRow rounded, RowScratch scratch) {
        SixBits.decodeRow(data, at, count / 256, BLOCK_BYTES, rounded, scratch);
        if (Lanes.WIDTH == 16) {
            wide(data, at, count / 64, rounded.codes, scratch.scales, scratch.lanes);
        } else {
            narrow(data, at, count / 64, rounded.codes, scratch.scales, scratch.lanes);
        }
    }

    private static void wide(MemorySegment data, long at, int pairs, short[] codes, float[] scales, float[] lanes) {
        FloatVector even = FloatVector.zero(Lanes.FLOAT);
        FloatVector odd = even;
        for (int g = 0; g < pairs; g++) {
            long p = at + 32L * g + (g / 4 + 1) * 16;
            ShortVector q = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.HALF_BYTE, data, p, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.SHORT, 0);
            IntVector low = q.and(LOW)
                    .mul(ShortVector.fromArray(Lanes.SHORT, codes, 64 * g))
                    .reinterpretAsInts();
            IntVector high = q.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().and(LOW)
                    .mul(ShortVector.fromArray(Lanes.SHORT, codes, 64 * g + 32))
                    .reinterpretAsInts();
            even = FloatVector.broadcast(Lanes.FLOAT, scales[2 * g])
                    .fma(
                            (FloatVector) low.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(low.lanewise(VectorOperators.ASHR, 16))
                                    .convert(VectorOperators.I2F, 0),
                            even);
            odd = FloatVector.broadcast(Lanes.FLOAT, scales[2 * g + 1])
                    .fma(
                            (FloatVector) high.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(high.lanewise(VectorOperators.ASHR, 16))
                                    .convert(VectorOperators.I2F, 0),
                            odd);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(even).add(odd).intoArray(lanes, 0);
    }

    private static void narrow(MemorySegment data, long at, int pairs, short[] codes, float[] scales, float[] lanes) {
        FloatVector even = FloatVector.zero(Lanes.NARROW_FLOAT);
        FloatVector odd = even;
        for (int n = 0; n < pairs * Codes.STEPS; n++) {
            int g = n / Codes.STEPS;
            int j = n % Codes.STEPS * Codes.STEP;
            long p = at + 32L * g + (g / 4 + 1) * 16 + j;
            int o = 64 * g + j;
            ShortVector a = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0);
            ShortVector b = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p + 16, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0);
            ShortVector c = a.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().and(LOW);
            ShortVector d = b.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().and(LOW);
            IntVector low = a.and(LOW)
                    .mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o))
                    .add(b.and(LOW).mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o + 16)))
                    .reinterpretAsInts();
            IntVector high = c.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o + 32))
                    .add(d.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o + 48)))
                    .reinterpretAsInts();
            even = FloatVector.broadcast(Lanes.NARROW_FLOAT, scales[2 * g])
                    .fma(
                            (FloatVector) low.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(low.lanewise(VectorOperators.ASHR, 16))
                                    .convert(VectorOperators.I2F, 0),
                            even);
            odd = FloatVector.broadcast(Lanes.NARROW_FLOAT, scales[2 * g + 1])
                    .fma(
                            (FloatVector) high.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 16)
                                    .add(high.lanewise(VectorOperators.ASHR, 16))
                                    .convert(VectorOperators.I2F, 0),
                            odd);
        }
        FloatVector.fromArray(Lanes.NARROW_FLOAT, lanes, 0).add(even).add(odd).intoArray(lanes, 0);
    }
}
