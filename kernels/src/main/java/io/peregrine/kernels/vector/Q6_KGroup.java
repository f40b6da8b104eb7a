package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.GroupRow;
import io.peregrine.kernels.internal.RowGroup;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Rows of Q6_K side by side times a row of rounded activations; see the format for the fields.
///
/// As [Q4_KGroup], with the upper two bits put to the lower four first, and sums of 8 products. The stored weights
/// are larger by 32, which is subtracted from the sums.
public final class Q6_KGroup implements RowGroup {

    private static final int L = Lanes.WIDTH;
    private static final int LEAST = -32;
    private static final int MOST = 31;
    private static final int OFFSET = 32;
    private static final int LOW = 0x0F0F_0F0F;
    private static final int TOP = 0x3030_3030;
    private static final int HALVES = 2 * ROWS;
    private static final int WORD = 4 * ROWS;

    /// Words of the scales, which are the first, and of a quarter of the weights.
    private static final int SCALES = 4;

    private static final int QUARTER = 12;
    private static final int BLOCK_BYTES = 210 * ROWS;

    @Override
    public int tokens() {
        return 3;
    }

    @Override
    public void arrange(float[] x, int xOffset, int count, GroupRow row) {
        row.prepare(count / 2, count / 8, 0);
        Rounding.roundFinely(x, xOffset, count, row.rounded, LEAST, MOST, 0);
        short[] codes = row.rounded.codes;
        int pair = 0;
        for (int i = 0; i < count; i += i % 32 == 28 ? 100 : 4) {
            for (int j = 0; j < 128; j += 32, pair += 2) {
                Factors.bytes(codes, i + j, row.pairs, pair);
            }
        }
        int offset = 0;
        for (int i = 0; i < count; i += i % 32 == 24 ? 104 : 8) {
            for (int j = 0; j < 128; j += 32, offset++) {
                row.offsets[offset] = OFFSET * Factors.sum(codes, i + j, 8) << 16;
            }
        }
    }

    @Override
    public void dot(MemorySegment group, long at, int count, GroupRow x, float[] sums) {
        int[] pairs = x.pairs;
        int[] offsets = x.offsets;
        float[] steps = x.rounded.scales;
        for (int n = 0; n < count / 64; n++) {
            if (n % 4 == 0) {
                for (int row = 0; row < ROWS; row += L) {
                    for (int i = 0; i < SCALES; i++) {
                        long word = at + HALVES + i * WORD + 4 * row;
                        scales(group, at + 2 * row, word, sums, (1 + 4 * i) * ROWS + row);
                    }
                }
            }
            long words = at + HALVES + (SCALES + n % 4 * QUARTER) * WORD;
            int scales = ROWS + (n % 4 / 2 * 8 + n % 2) * ROWS;
            int g = n / 2 * 4;
            for (int row = 0; row < ROWS; row += L) {
                for (int part = 0; part < 4; part++) {
                    // Which eighth of the groups, and whether the lower bits are in the first or second of three words.
                    int half = part / 2;
                    int second = part % 2;
                    long first = words + half * (QUARTER / 2 * WORD) + 4 * row;
                    groups(
                            group,
                            first + second * WORD,
                            first + 2 * WORD,
                            2 * second,
                            pairs,
                            32 * n + 16 * half + 2 * second,
                            offsets,
                            8 * n + 4 * half + second,
                            steps,
                            g + second,
                            sums,
                            scales + 2 * second * ROWS,
                            row);
                }
            }
            if (n % 4 == 3) {
                at += BLOCK_BYTES;
            }
        }
    }

    /// Writes four scales of a block of a vector of rows to the scratch memory, `[group][row]` from `sums[place]`.
    ///
    /// @param halves where the factors of these rows are
    /// @param words where the words with the scales are
    private static void scales(MemorySegment group, long halves, long words, float[] sums, int place) {
        IntVector h = (IntVector) ShortVector.fromMemorySegment(
                        Lanes.HALF_SHORT, group, halves, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        IntVector dBits = h.lanewise(VectorOperators.LSHL, 13).and(Halves.MAGNITUDE).add(Halves.REBIAS);
        FloatVector d = dBits.min(dBits.reinterpretAsFloats()
                        .fma(FloatVector.broadcast(Lanes.FLOAT, 2), FloatVector.broadcast(Lanes.FLOAT, Halves.LEAST))
                        .reinterpretAsInts())
                .or(h.and(Halves.SIGN))
                .reinterpretAsFloats();
        IntVector word = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN);
        ((FloatVector) word.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, place);
        ((FloatVector) word.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, place + ROWS);
        ((FloatVector) word.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, place + 2 * ROWS);
        ((FloatVector) word.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0))
                .mul(d)
                .intoArray(sums, place + 3 * ROWS);
    }

    /// Half of two of eight groups, which are four apart, of the rows of a vector, from row `row`: their lower bits are
    /// in one word of three from `words`, their upper bits, after a shift, in the one at `top`, the scale of the first at
    /// `sums[scales + row]`.
    private static void groups(
            MemorySegment group,
            long words,
            long top,
            int shift,
            int[] pairs,
            int o,
            int[] offsets,
            int k,
            float[] steps,
            int g,
            float[] sums,
            int scales,
            int row) {
        IntVector w = IntVector.fromMemorySegment(Lanes.INT, group, words, ByteOrder.LITTLE_ENDIAN);
        IntVector h = IntVector.fromMemorySegment(Lanes.INT, group, top, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.LSHR, shift);
        IntVector u = w.lanewise(VectorOperators.LSHR, 4).and(LOW).or(h.and(TOP));
        w = w.and(LOW).or(h.lanewise(VectorOperators.LSHL, 4).and(TOP));
        ShortVector c = IntVector.broadcast(Lanes.INT, pairs[o]).reinterpretAsShorts();
        ShortVector a = w.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 1]).reinterpretAsShorts();
        a = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 4]).reinterpretAsShorts();
        ShortVector b = u.reinterpretAsShorts().mul(c);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 5]).reinterpretAsShorts();
        b = u.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(b);
        w = IntVector.fromMemorySegment(Lanes.INT, group, words + 192, ByteOrder.LITTLE_ENDIAN);
        h = IntVector.fromMemorySegment(Lanes.INT, group, top + 192, ByteOrder.LITTLE_ENDIAN)
                .lanewise(VectorOperators.LSHR, shift);
        u = w.lanewise(VectorOperators.LSHR, 4).and(LOW).or(h.and(TOP));
        w = w.and(LOW).or(h.lanewise(VectorOperators.LSHL, 4).and(TOP));
        c = IntVector.broadcast(Lanes.INT, pairs[o + 8]).reinterpretAsShorts();
        a = w.reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 9]).reinterpretAsShorts();
        a = w.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(a);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 12]).reinterpretAsShorts();
        b = u.reinterpretAsShorts().mul(c).add(b);
        c = IntVector.broadcast(Lanes.INT, pairs[o + 13]).reinterpretAsShorts();
        b = u.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(c).add(b);
        IntVector aSum = a.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .add(a.reinterpretAsInts())
                .sub(offsets[k])
                .lanewise(VectorOperators.ASHR, 16);
        IntVector bSum = b.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 16)
                .add(b.reinterpretAsInts())
                .sub(offsets[k + 2])
                .lanewise(VectorOperators.ASHR, 16);
        FloatVector sum = FloatVector.fromArray(Lanes.FLOAT, sums, scales + row)
                .mul(steps[g])
                .fma((FloatVector) aSum.convert(VectorOperators.I2F, 0), FloatVector.fromArray(Lanes.FLOAT, sums, row));
        FloatVector.fromArray(Lanes.FLOAT, sums, scales + 4 * ROWS + row)
                .mul(steps[g + 2])
                .fma((FloatVector) bSum.convert(VectorOperators.I2F, 0), sum)
                .intoArray(sums, row);
    }
}
