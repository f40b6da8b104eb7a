package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.RoundedRow;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// Activations to integers; see [RoundedRow].
final class Rounding {

    private static final int W = Lanes.NARROW_WIDTH;

    /// Partial results of a block: four vectors of elements leave one.
    private static final int PARTS = RoundedRow.BLOCK / 4;

    /// Activations of which sums are made for [#roundFinely], and how many of these a block has.
    private static final int EIGHT = 8;

    private static final int EIGHTS = RoundedRow.BLOCK / EIGHT;

    /// What sums of floats may be off by, and more.
    private static final int SUM_ERROR = 4;

    /// Added to a number below 2^22, it leaves the nearest integer (the even one of two) in the low bits.
    private static final float NEAREST = 0x1.8p23f;

    private Rounding() {}

    /// Rounds `count` elements of `x` from `o`, whole blocks.
    static void round(float[] x, int o, int count, RoundedRow row) {
        row.prepare(count);
        float[] parts = row.parts;
        for (int b = 0; b < count / RoundedRow.BLOCK; b++) {
            int p = o + b * RoundedRow.BLOCK;
            for (int i = 0; i < PARTS; i += W) {
                measure(x, p + 4 * i, parts, i);
            }
            float largest = 0;
            float sum = 0;
            for (int i = 0; i < PARTS; i++) {
                largest = Math.max(largest, parts[i]);
                sum += parts[PARTS + i];
            }
            float scale = largest / row.range;
            row.scales[b] = scale;
            row.sums[b] = sum;
            encode(x, p, scale == 0 ? 0 : 1 / scale, row.codes, b * RoundedRow.BLOCK);
        }
    }

    /// As [#round], with steps as small as 16-bit sums of products allow: those of a block are chosen such that the
    /// sums fit for these activations, whatever the weights are. Steps made for the largest activations only, which need not
    /// come together, would be three to five times as large.
    ///
    /// @param least of a weight, as it counts in the sums
    /// @param most of a weight
    /// @param other what tells the number of eight activations in a block from that of the eight that they share a sum
    ///     with: 1 or 2; 0 if they share none
    static void roundFinely(float[] x, int o, int count, RoundedRow row, int least, int most, int other) {
        row.prepare(count);
        float[] parts = row.parts;
        int products = other == 0 ? EIGHT : 2 * EIGHT;
        // What rounding to the nearest integer may add.
        int slack = Math.max(-least, most) * products / 2;
        float limit = Short.MAX_VALUE - SUM_ERROR - slack;
        for (int b = 0; b < count / RoundedRow.BLOCK; b++) {
            int p = o + b * RoundedRow.BLOCK;
            float blockSum = 0;
            for (int k = 0; k < EIGHTS; k++) {
                float sum = 0;
                float size = 0;
                for (int i = p + k * EIGHT; i < p + (k + 1) * EIGHT; i++) {
                    sum += x[i];
                    size += Math.abs(x[i]);
                }
                blockSum += sum;
                parts[k] = (size + sum) / 2;
                parts[EIGHTS + k] = (size - sum) / 2;
            }
            float largest = 0;
            for (int k = 0; k < EIGHTS; k++) {
                float above = parts[k] + (other == 0 ? 0 : parts[k ^ other]);
                float below = parts[EIGHTS + k] + (other == 0 ? 0 : parts[EIGHTS + (k ^ other)]);
                largest = Math.max(largest, Math.max(most * above - least * below, most * below - least * above));
            }
            float scale = largest / limit;
            row.scales[b] = scale;
            row.sums[b] = blockSum;
            encode(x, p, scale == 0 ? 0 : 1 / scale, row.codes, b * RoundedRow.BLOCK);
        }
    }

    /// Largest magnitudes, and sums, of four vectors.
    private static void measure(float[] x, int p, float[] parts, int at) {
        FloatVector a = FloatVector.fromArray(Lanes.NARROW_FLOAT, x, p);
        FloatVector b = FloatVector.fromArray(Lanes.NARROW_FLOAT, x, p + W);
        FloatVector c = FloatVector.fromArray(Lanes.NARROW_FLOAT, x, p + 2 * W);
        FloatVector d = FloatVector.fromArray(Lanes.NARROW_FLOAT, x, p + 3 * W);
        a.abs().max(b.abs()).max(c.abs().max(d.abs())).intoArray(parts, at);
        a.add(b).add(c.add(d)).intoArray(parts, PARTS + at);
    }

    private static void encode(float[] x, int p, float factor, short[] codes, int o) {
        for (int j = 0; j < RoundedRow.BLOCK; j += Lanes.WIDTH) {
            ((ShortVector) FloatVector.fromArray(Lanes.FLOAT, x, p + j)
                            .fma(factor, NEAREST)
                            .reinterpretAsInts()
                            .convertShape(VectorOperators.I2S, Lanes.HALF_SHORT, 0))
                    .intoArray(codes, o + j);
        }
    }
}
