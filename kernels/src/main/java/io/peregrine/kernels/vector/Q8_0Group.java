package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q8_0 side by side times a row of rounded activations; see the format for the fields.
///
/// A lane of 32 bits holds a word of a row: four weights. The products of two share a lane of 16 bits: the word
/// itself and the word shifted by 8 bits are multiplied, with factors such that what does not belong there cancels
/// modulo 2^16. The weights are taken as unsigned, larger by 128, which is subtracted for each word, less a bias in
/// the lower lane: it makes these sums unsigned, and then the sum of all words, and the sum of their upper lanes,
/// tell the sum of the lower ones.
///
/// A block is a method without a loop and the sums stay in memory: no vector is ever carried around a loop.
public final class Q8_0Group implements RowGroup {

    private static final int L = Lanes.WIDTH;
    private static final int RANGE = 127;
    private static final int OFFSET = 128;
    private static final int BIAS = 0x8000;
    private static final int SIGNS = 0x8080_8080;
    private static final int ODD = 0x00FF_00FF;
    private static final int WORDS = 2 * ROWS;
    private static final int BLOCK_BYTES = 34 * ROWS;

    @Override
    public int range() {
        return RANGE;
    }

    @Override
    public void arrange(float[] x, int xOffset, int count, GroupRow row) {
        row.prepare(count / 2, count / 4, 0);
        Rounding.round(x, xOffset, count, row.rounded);
        short[] codes = row.rounded.codes;
        for (int i = 0; i < count; i += 4) {
            int a = codes[i];
            int b = codes[i + 1];
            int c = codes[i + 2];
            int d = codes[i + 3];
            row.pairs[i / 2] = Factors.pair(a, c);
            row.pairs[i / 2 + 1] = Factors.pair(b - 256 * a, d - 256 * c);
            row.offsets[i / 4] = Factors.pair(OFFSET * (a + b) - BIAS, OFFSET * (c + d));
        }
    }

    @Override
    public void dot(MemorySegment group, long at, int count, GroupRow x, float[] sums) {
        int[] pairs = x.pairs;
        int[] offsets = x.offsets;
        float[] scales = x.rounded.scales;
        for (int b = 0; b < count / 32; b++, at += BLOCK_BYTES) {
            for (int row = 0; row < ROWS; row += L) {
                block(group, at + 2 * row, at + WORDS + 4 * row, pairs, offsets, scales, b, sums, row);
            }
        }
    }

    /// A block of the rows of a vector, from row `row`; their scales and words are at `halves` and `words`.
    private static void block(
            MemorySegment group,
            long halves,
            long words,
            int[] pairs,
            int[] offsets,
            float[] scales,
            int b,
            float[] sums,
            int row) {
        int o = 16 * b;
        int k = 8 * b;
        IntVector w = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        ShortVector c = IntVector.broadcast(Lanes.INT, pairs[o]).reinterpretAsShorts();
        ShortVector s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 1]).reinterpretAsShorts();
        ShortVector offset = IntVector.broadcast(Lanes.INT, offsets[k]).reinterpretAsShorts();
        IntVector sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        IntVector sAll = sSum;
        IntVector sHigh = sSum.lanewise(VectorOperators.ASHR, 16);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 64, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 2]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 3]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 1]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 128, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 4]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 5]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 2]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 192, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 6]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 7]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 3]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 256, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 8]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 9]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 4]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 320, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 10]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 11]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 5]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 384, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 12]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 13]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 6]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 448, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.XOR, SIGNS);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 14]).reinterpretAsShorts();
        s = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 15]).reinterpretAsShorts();
        offset = IntVector.broadcast(Lanes.INT, offsets[k + 7]).reinterpretAsShorts();
        sSum = w.lanewise(VectorOperators.LSHR, 8)
                .and(ODD)
                .reinterpretAsShorts()
                .mul(c)
                .add(s)
                .sub(offset)
                .reinterpretAsInts();
        sAll = sSum.add(sAll);
        sHigh = sSum.lanewise(VectorOperators.ASHR, 16).add(sHigh);
        IntVector h = (IntVector) ShortVector.fromMemorySegment(
                        Lanes.HALF_SHORT, group, halves, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        IntVector dBits = h.lanewise(VectorOperators.LSHL, 13).and(Halves.MAGNITUDE).add(Halves.REBIAS);
        FloatVector d = dBits.min(dBits.reinterpretAsFloats()
                        .fma(FloatVector.broadcast(Lanes.FLOAT, 2), FloatVector.broadcast(Lanes.FLOAT, Halves.LEAST))
                        .reinterpretAsInts())
                .or(h.and(Halves.SIGN))
                .reinterpretAsFloats();
        IntVector sTotal = sAll.sub(sHigh.lanewise(VectorOperators.LSHL, 16)).add(sHigh).sub(8 * BIAS);
        ((FloatVector) sTotal.convert(VectorOperators.I2F, 0))
                .fma(d.mul(scales[b]), FloatVector.fromArray(Lanes.FLOAT, sums, row))
                .intoArray(sums, row);
    }
}
