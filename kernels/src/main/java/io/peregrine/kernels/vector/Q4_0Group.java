package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q4_0 side by side times a row of rounded activations; see the format for the fields.
///
/// A lane of 32 bits holds a word of a row: eight weights. What a word contributes is a sum of four products of two
/// 16-bit lanes each, with the word and with the word shifted by 4, 8 and 12 bits, without masks: each lane then
/// holds weights that do not belong there, and the factors are such that these cancel. It is arithmetic modulo
/// 2^16, so the sum of both lanes has to fit into 16 bits: 16 products, for which the activations are rounded as finely
/// as that allows. The stored weights are larger by 8, which is subtracted from the sums.
///
/// Half a block is a method without a loop and the sums stay in memory: no vector is ever carried around a loop.
public final class Q4_0Group implements RowGroup {

    private static final int L = Lanes.WIDTH;
    private static final int LEAST = -8;
    private static final int MOST = 7;

    /// The two halves of a sum.
    private static final int OTHER = 2;

    private static final int OFFSET = 8;
    private static final int WORDS = 2 * ROWS;
    private static final int BLOCK_BYTES = 18 * ROWS;

    @Override
    public int tokens() {
        return MOST_TOKENS;
    }

    @Override
    public void arrange(float[] x, int xOffset, int count, GroupRow row) {
        row.prepare(count / 2, count / 16, 0);
        Rounding.roundFinely(x, xOffset, count, row.rounded, LEAST, MOST, OTHER);
        short[] codes = row.rounded.codes;
        for (int i = 0; i < count; i += 32) {
            for (int j = 0; j < 16; j += 4) {
                Factors.nibbles(codes, i + j, i + j + 16, row.pairs, i / 2 + j);
            }
            for (int j = 0; j < 16; j += 8) {
                int sum = Factors.sum(codes, i + j, 8) + Factors.sum(codes, i + j + 16, 8);
                row.offsets[(i + 2 * j) / 16] = OFFSET * sum << 16;
            }
        }
    }

    @Override
    public void dot(MemorySegment group, long at, int count, GroupRow x, float[] sums) {
        int[] pairs = x.pairs;
        int[] offsets = x.offsets;
        float[] steps = x.rounded.scales;
        for (int b = 0; b < count / 32; b++, at += BLOCK_BYTES) {
            for (int row = 0; row < ROWS; row += L) {
                long halves = at + 2 * row;
                long words = at + WORDS + 4 * row;
                half(group, halves, words, pairs, 16 * b, offsets[2 * b], steps[b], sums, row);
                half(group, halves, words + 128, pairs, 16 * b + 8, offsets[2 * b + 1], steps[b], sums, row);
            }
        }
    }

    /// Half a block of the rows of a vector, from row `row`; their scales are at `halves`, their words at `words`.
    private static void half(
            MemorySegment group,
            long halves,
            long words,
            int[] pairs,
            int o,
            int offset,
            float step,
            float[] sums,
            int row) {
        IntVector w = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN);
        ShortVector c = IntVector.broadcast(Lanes.INT, pairs[o]).reinterpretAsShorts();
        ShortVector s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 1]).reinterpretAsShorts();
        s = w.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().mul(c).add(s);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 2]).reinterpretAsShorts();
        s = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(s);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 3]).reinterpretAsShorts();
        s = w.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().mul(c).add(s);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 64, ByteOrder.LITTLE_ENDIAN);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 4]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c).add(s);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 5]).reinterpretAsShorts();
        s = w.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().mul(c).add(s);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 6]).reinterpretAsShorts();
        s = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(s);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 7]).reinterpretAsShorts();
        s = w.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().mul(c).add(s);
        IntVector h = (IntVector) ShortVector.fromMemorySegment(
                        Lanes.HALF_SHORT, group, halves, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        IntVector dBits = h.lanewise(VectorOperators.LSHL, 13).and(Halves.MAGNITUDE).add(Halves.REBIAS);
        FloatVector d = dBits.min(dBits.reinterpretAsFloats()
                        .fma(FloatVector.broadcast(Lanes.FLOAT, 2), FloatVector.broadcast(Lanes.FLOAT, Halves.LEAST))
                        .reinterpretAsInts())
                .or(h.and(Halves.SIGN))
                .reinterpretAsFloats();
        IntVector p = s.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .add(s.reinterpretAsInts())
                .sub(offset)
                .lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) p.convert(VectorOperators.I2F, 0))
                .fma(d.mul(step), FloatVector.fromArray(Lanes.FLOAT, sums, row))
                .intoArray(sums, row);
    }
}
