package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q4_K side by side times a row of rounded activations; see the format for the fields.
///
/// A lane of 32 bits holds a word of a row: four weights of one group and four of the next, which are taken apart
/// as bytes. What four bytes contribute is a sum of products of two 16-bit lanes each, with the word and with the
/// word shifted by 8 bits: see [Factors#bytes]. It is arithmetic modulo 2^16, so the sum of both lanes has to fit
/// into 16 bits: 8 products, for which the activations are rounded as finely as that allows.
///
/// A quarter of two groups is a method without a loop and the sums stay in memory: no vector is ever carried around a loop.
/// With twice as much in a method the compiler gave up inlining in some starts, and allocated.
public final class Q4_KGroup implements RowGroup {

    private static final int L = Lanes.WIDTH;
    private static final int LEAST = 0;
    private static final int MOST = 15;

    private static final int LOW = 0x0F0F_0F0F;
    private static final int BLOCK_BYTES = 144 * ROWS;

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
            if (g % 8 == 0) {
                for (int row = 0; row < ROWS; row += L) {
                    long sixBits = at + 64 + 4 * row;
                    SixBitScales.scales(group, at + 2 * row, sixBits, sums, row);
                    SixBitScales.minima(group, at + 2 * ROWS + 2 * row, sixBits, x.rounded.sums, g, sums, row);
                }
            }
            long words = at + 64 + 64 * (3 + g % 8 * 4);
            int scales = ROWS + g % 8 * ROWS;
            for (int row = 0; row < ROWS; row += L) {
                for (int quarter = 0; quarter < 4; quarter++) {
                    long w = words + 4 * row + 128 * quarter;
                    groups(group, w, pairs, 16 * g + 8 * quarter, steps, g, sums, scales, row);
                }
            }
            if (g % 8 == 6) {
                at += BLOCK_BYTES;
            }
        }
    }

    /// A quarter of two groups of the rows of a vector, from row `row`; their words are at `words`, their scales at
    /// `sums[scales + row]`.
    private static void groups(
            MemorySegment group,
            long words,
            int[] pairs,
            int o,
            float[] steps,
            int g,
            float[] sums,
            int scales,
            int row) {
        IntVector w = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN);
        IntVector u = w.lanewise(VectorOperators.LSHR, 4).and(LOW);
        w = w.and(LOW);
        ShortVector c = IntVector.broadcast(Lanes.INT, pairs[o]).reinterpretAsShorts();
        ShortVector a = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 1]).reinterpretAsShorts();
        a = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 2]).reinterpretAsShorts();
        ShortVector b = u.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 3]).reinterpretAsShorts();
        b = u.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(b);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 64, ByteOrder.LITTLE_ENDIAN);
        u = w.lanewise(VectorOperators.LSHR, 4).and(LOW);
        w = w.and(LOW);
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
