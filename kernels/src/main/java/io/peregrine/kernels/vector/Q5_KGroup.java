package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q5_K side by side times a row of rounded activations; see the format for the fields.
///
/// As [Q4_KGroup], with the fifth bits put to the others first, and sums of 8 products.
public final class Q5_KGroup implements RowGroup {

    private static final int L = Lanes.WIDTH;
    private static final int LEAST = 0;
    private static final int MOST = 31;
    private static final int LOW = 0x0F0F_0F0F;
    private static final int FIFTH = 0x1010_1010;
    private static final int HALVES = 2 * 2 * ROWS;
    private static final int WORD = 4 * ROWS;
    private static final int BLOCK_BYTES = 176 * ROWS;

    @Override
    public int tokens() {
        return 3;
    }

    @Override
    public void arrange(float[] x, int xOffset, int count, GroupRow row) {
        row.prepare(count / 2, 0, 0);
        Rounding.roundFinely(x, xOffset, count, row.rounded, LEAST, MOST, 0);
        Factors.nibblesOfGroups(row.rounded.codes, count, row.pairs);
    }

    @Override
    public void dot(MemorySegment group, long at, int count, GroupRow x, float[] sums) {
        int[] pairs = x.pairs;
        float[] steps = x.rounded.scales;
        for (int g = 0; g < count / 32; g += 2) {
            int inBlock = g % 8;
            if (inBlock == 0) {
                for (int row = 0; row < ROWS; row += L) {
                    long sixBits = at + HALVES + 4 * row;
                    SixBitScales.scales(group, at + 2 * row, sixBits, sums, row);
                    SixBitScales.minima(group, at + 2 * ROWS + 2 * row, sixBits, x.rounded.sums, g, sums, row);
                }
            }
            long top = at + HALVES + 3 * WORD;
            long words = top + 8 * WORD + inBlock * (4 * WORD);
            for (int row = 0; row < ROWS; row += L) {
                int scales = ROWS + inBlock * ROWS;
                for (int quarter = 0; quarter < 4; quarter++) {
                    long first = 2 * WORD * quarter + 4 * row;
                    int o = 16 * g + 8 * quarter;
                    groups(group, words + first, top + first, inBlock, pairs, o, steps, g, sums, scales, row);
                }
            }
            if (inBlock == 6) {
                at += BLOCK_BYTES;
            }
        }
    }

    /// A quarter of two groups of the rows of a vector, from row `row`; their words are at `words`, their scales at
    /// `sums[scales + row]`, and their fifth bits, after a shift, the lowest two of the bytes from `top`.
    private static void groups(
            MemorySegment group,
            long words,
            long top,
            int shift,
            int[] pairs,
            int o,
            float[] steps,
            int g,
            float[] sums,
            int scales,
            int row) {
        IntVector w = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN);
        IntVector h = IntVector.fromMemorySegment(Lanes.INT, group, top, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.LSHR, shift);
        IntVector u = w.lanewise(VectorOperators.LSHR, 4).and(LOW).or(h.lanewise(VectorOperators.LSHL, 3).and(FIFTH));
        w = w.and(LOW).or(h.lanewise(VectorOperators.LSHL, 4).and(FIFTH));
        ShortVector c = IntVector.broadcast(Lanes.INT, pairs[o]).reinterpretAsShorts();
        ShortVector a = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 1]).reinterpretAsShorts();
        a = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 2]).reinterpretAsShorts();
        ShortVector b = u.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 3]).reinterpretAsShorts();
        b = u.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(b);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 64, ByteOrder.LITTLE_ENDIAN);
        h = IntVector.fromMemorySegment(Lanes.INT, group, top + 64, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.LSHR, shift);
        u = w.lanewise(VectorOperators.LSHR, 4).and(LOW).or(h.lanewise(VectorOperators.LSHL, 3).and(FIFTH));
        w = w.and(LOW).or(h.lanewise(VectorOperators.LSHL, 4).and(FIFTH));
        c = IntVector.broadcast(Lanes.INT, pairs[o + 4]).reinterpretAsShorts();
        a = w.reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 5]).reinterpretAsShorts();
        a = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 6]).reinterpretAsShorts();
        b = u.reinterpretAsShorts().mul(c).add(b);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 7]).reinterpretAsShorts();
        b = u.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(b);
        IntVector aSum = a.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .add(a.reinterpretAsInts())
                .lanewise(VectorOperators.ASHR, 16);
        IntVector bSum = b.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .add(b.reinterpretAsInts())
                .lanewise(VectorOperators.ASHR, 16);
        FloatVector sum = FloatVector.fromArray(Lanes.FLOAT, sums, scales + row)
                .mul(steps[g])
                .fma((FloatVector) aSum.convert(VectorOperators.I2F, 0), FloatVector.fromArray(Lanes.FLOAT, sums, row));
        FloatVector.fromArray(Lanes.FLOAT, sums, scales + ROWS + row)
                .mul(steps[g + 1])
                .fma((FloatVector) bSum.convert(VectorOperators.I2F, 0), sum)
                .intoArray(sums, row);
    }
}
