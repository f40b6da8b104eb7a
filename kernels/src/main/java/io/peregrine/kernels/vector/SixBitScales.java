package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// The scales and minima of Q4_K and Q5_K of rows side by side.
///
/// Eight of each are in three words: of six bits in the lower bits of the first and second word; of the others,
/// four bits are in the third and two in the upper bits of the first two.
final class SixBitScales {

    private static final int ROWS = RowGroup.ROWS;
    private static final int SIX_BITS = 0x3F3F_3F3F;
    private static final int LOW = 0x0F0F_0F0F;
    private static final int TOP = 0x3030_3030;

    private SixBitScales() {}

    /// Writes the scales of a block of a vector of rows to the scratch memory, `[group][row]` behind the sums.
    ///
    /// @param halves where the factors of these rows are
    /// @param words where their words are
    /// @param row the first of the rows
    static void scales(MemorySegment group, long halves, long words, float[] sums, int row) {
        IntVector h = (IntVector) ShortVector.fromMemorySegment(
                        Lanes.HALF_SHORT, group, halves, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        IntVector dBits = h.lanewise(VectorOperators.LSHL, 13).and(Halves.MAGNITUDE).add(Halves.REBIAS);
        FloatVector d = dBits.min(dBits.reinterpretAsFloats()
                        .fma(FloatVector.broadcast(Lanes.FLOAT, 2), FloatVector.broadcast(Lanes.FLOAT, Halves.LEAST))
                        .reinterpretAsInts())
                .or(h.and(Halves.SIGN))
                .reinterpretAsFloats();
        IntVector low = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN);
        IntVector high = IntVector.fromMemorySegment(Lanes.INT, group, words + 128, ByteOrder.LITTLE_ENDIAN)
                .and(LOW)
                .or(low.lanewise(VectorOperators.LSHR, 2).and(TOP));
        low = low.and(SIX_BITS);
        ((FloatVector) low.and(63).convert(VectorOperators.I2F, 0)).mul(d).intoArray(sums, row + 16);
        ((FloatVector) low.lanewise(VectorOperators.LSHR, 8).and(63).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, row + 32);
        ((FloatVector) low.lanewise(VectorOperators.LSHR, 16).and(63).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, row + 48);
        ((FloatVector) low.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, row + 64);
        ((FloatVector) high.and(63).convert(VectorOperators.I2F, 0)).mul(d).intoArray(sums, row + 80);
        ((FloatVector) high.lanewise(VectorOperators.LSHR, 8).and(63).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, row + 96);
        ((FloatVector) high.lanewise(VectorOperators.LSHR, 16).and(63).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, row + 112);
        ((FloatVector) high.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, row + 128);
    }

    /// Subtracts what the minima of a block contribute from the sums.
    ///
    /// @param halves where the factors of the minima of these rows are
    /// @param words where their words are
    /// @param xSums sums of the activations, of the groups from `g`
    /// @param row the first of the rows
    static void minima(MemorySegment group, long halves, long words, float[] xSums, int g, float[] sums, int row) {
        IntVector h = (IntVector) ShortVector.fromMemorySegment(
                        Lanes.HALF_SHORT, group, halves, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        IntVector dBits = h.lanewise(VectorOperators.LSHL, 13).and(Halves.MAGNITUDE).add(Halves.REBIAS);
        FloatVector d = dBits.min(dBits.reinterpretAsFloats()
                        .fma(FloatVector.broadcast(Lanes.FLOAT, 2), FloatVector.broadcast(Lanes.FLOAT, Halves.LEAST))
                        .reinterpretAsInts())
                .or(h.and(Halves.SIGN))
                .reinterpretAsFloats();
        IntVector low = IntVector.fromMemorySegment(Lanes.INT, group, words + 64, ByteOrder.LITTLE_ENDIAN);
        IntVector high = IntVector.fromMemorySegment(Lanes.INT, group, words + 128, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.LSHR, 4)
                .and(LOW)
                .or(low.lanewise(VectorOperators.LSHR, 2).and(TOP));
        low = low.and(SIX_BITS);
        FloatVector minima = ((FloatVector) low.and(63).convert(VectorOperators.I2F, 0)).mul(xSums[g]);
        minima = ((FloatVector) low.lanewise(VectorOperators.LSHR, 8).and(63).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 1]), minima);
        minima = ((FloatVector) low.lanewise(VectorOperators.LSHR, 16).and(63).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 2]), minima);
        minima = ((FloatVector) low.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 3]), minima);
        minima = ((FloatVector) high.and(63).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 4]), minima);
        minima = ((FloatVector) high.lanewise(VectorOperators.LSHR, 8).and(63).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 5]), minima);
        minima = ((FloatVector) high.lanewise(VectorOperators.LSHR, 16).and(63).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 6]), minima);
        minima = ((FloatVector) high.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, xSums[g + 7]), minima);
        FloatVector.fromArray(Lanes.FLOAT, sums, row).sub(minima.mul(d)).intoArray(sums, row);
    }
}
