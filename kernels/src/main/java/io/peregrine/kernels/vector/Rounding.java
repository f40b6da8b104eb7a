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
