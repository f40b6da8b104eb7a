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

/// Rows of Q4_0 times a row of activations; see the format for the fields. Rounded ones, of which two products share a
/// lane; floats where there are 512 bits: half a block is one vector then.
public final class Q4_0RoundedDot implements RoundedDot {

    private static final short LOW = 15;
    private static final short OFFSET = 8;

    @Override
    public int range() {
        return Codes.FINE_RANGE;
    }

    @Override
    public void dot(
            MemorySegment data, long at, int count, float[] x, int xOffset, RoundedRow rounded, RowScratch scratch) {
        if (Lanes.WIDTH == 16) {
            wide(data, at, count / 32, x, xOffset, rounded.sums, scratch.lanes);
        } else {
            narrow(data, at, count / 32, rounded.codes, rounded.scales, scratch.lanes);
        }
    }

    private static void wide(MemorySegment data, long at, int blocks, float[] x, int o, float[] sums, float[] lanes) {
        FloatVector sum = FloatVector.zero(Lanes.FLOAT);
        float offset = 0;
        for (int b = 0; b < blocks; b++) {
            long p = at + 18L * b;
            float d = Codes.f16(data, p);
            IntVector q = (IntVector) ByteVector.fromMemorySegment(
                            ByteVector.SPECIES_128, data, p + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INT, 0);
            FloatVector low = ((FloatVector) q.and(LOW).convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.fromArray(Lanes.FLOAT, x, o + 32 * b));
            FloatVector both = ((FloatVector) q.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
                    .fma(FloatVector.fromArray(Lanes.FLOAT, x, o + 32 * b + 16), low);
            sum = FloatVector.broadcast(Lanes.FLOAT, d).fma(both, sum);
            offset = Math.fma(d, sums[b], offset);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, 0).add(sum).intoArray(lanes, 0);
        lanes[0] = Math.fma(-OFFSET, offset, lanes[0]);
    }

    private static void narrow(MemorySegment data, long at, int blocks, short[] codes, float[] scales, float[] lanes) {
        FloatVector sum = FloatVector.zero(Lanes.NARROW_FLOAT);
        for (int n = 0; n < blocks * Codes.STEPS; n++) {
            int b = n / Codes.STEPS;
            int j = n % Codes.STEPS * Codes.STEP;
            long p = at + 18L * b;
            int o = 32 * b + j;
            FloatVector d = FloatVector.broadcast(Lanes.NARROW_FLOAT, Codes.f16(data, p) * scales[b]);
            ShortVector q = (ShortVector) ByteVector.fromMemorySegment(
                            Lanes.NARROW_HALF_BYTE, data, p + 2 + j, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, Lanes.NARROW_SHORT, 0);
            ShortVector high = q.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsShorts()
                    .and(LOW)
                    .sub(OFFSET);
            IntVector pairs = q.and(LOW)
                    .sub(OFFSET)
                    .mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o))
                    .add(high.mul(ShortVector.fromArray(Lanes.NARROW_SHORT, codes, o + 16)))
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
