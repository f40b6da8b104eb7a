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

/// Rows of Q5_K times a row of rounded activations; see the format for the fields. A group is one vector of products
/// where there are 512 bits, otherwise two products share a lane.
///
/// The scales of the whole row come first, so that one loop without others inside goes over pairs of groups: such a
/// loop is compiled well.
public final class Q5_KRoundedDot implements RoundedDot {

    private static final short LOW = 15;
    private static final short FIFTH = 16;
    private static final int BLOCK_BYTES = 176;

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
            long block = at + (long) (g / 4) * BLOCK_BYTES;
            int shift = 2 * (g & 3);
            long p = block + 48 + 16 * shift;
            ShortVector q = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.HALF_BYTE, data, p, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.SHORT, 0);
            IntVector h = ((ShortVector) ByteVector.fromMemorySegment(
                                    Lanes.HALF_BYTE, data, block + 16, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.SHORT, 0))
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, shift);
            IntVector low = q.and(LOW)
                    .or(h.lanewise(VectorOperators.LSHL, 4).reinterpretAsShorts().and(FIFTH))
                    .mul(ShortVector.fromArray(Lanes.SHORT, codes, 64 * g))
                    .reinterpretAsInts();
            IntVector high = q.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().and(LOW)
                    .or(h.lanewise(VectorOperators.LSHL, 3).reinterpretAsShorts().and(FIFTH))
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
            long block = at + (long) (g / 4) * BLOCK_BYTES + j;
            int shift = 2 * (g & 3);
            long p = block + 48 + 16 * shift;
            int o = 64 * g + j;
            ShortVector a = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0);
            ShortVector b = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p + 16, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0);
            IntVector e = ((ShortVector) ByteVector.fromMemorySegment(
                                    Lanes.NARROW_HALF_BYTE, data, block + 16, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0))
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, shift);
            IntVector f = ((ShortVector) ByteVector.fromMemorySegment(
                                    Lanes.NARROW_HALF_BYTE, data, block + 32, ByteOrder.LITTLE_ENDIAN)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0))
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, shift);
            ShortVector c = a.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().and(LOW)
                    .or(e.lanewise(VectorOperators.LSHL, 3).reinterpretAsShorts().and(FIFTH));
            ShortVector d = b.reinterpretAsInts().lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().and(LOW)
                    .or(f.lanewise(VectorOperators.LSHL, 3).reinterpretAsShorts().and(FIFTH));
            IntVector low = a.and(LOW)
                    .or(e.lanewise(VectorOperators.LSHL, 4).reinterpretAsShorts().and(FIFTH))
                    .mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o))
                    .add(b.and(LOW)
                            .or(f.lanewise(VectorOperators.LSHL, 4).reinterpretAsShorts().and(FIFTH))
                            .mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o + 16)))
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
