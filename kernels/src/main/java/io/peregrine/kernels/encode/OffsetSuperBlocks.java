package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;
import java.lang.foreign.MemorySegment;

/// Blocks of 8 groups of 32 codes above a minimum, whose scales and minima have 6 bits: Q4_K and Q5_K.
///
/// Each group is searched by itself; the largest scale and minimum then give the units in which all are stored.
/// Storing rounds them, so a group may do better with neighbours of its numbers; and for the codes and numbers of
/// all groups, the two units that err least are known in closed form. Both steps are repeated.
final class OffsetSuperBlocks implements BlockEncoder {

    private static final int GROUPS = 8;
    private static final int GROUP = 32;
    private static final int LARGEST = 63;
    private static final int ROUNDS = 2;

    private final boolean five;
    private final OffsetSearch search;
    private final Candidates candidates;
    private final float[] scales = new float[GROUPS];
    private final float[] minima = new float[GROUPS];
    private final int[] s = new int[GROUPS];
    private final int[] m = new int[GROUPS];
    private final int[] codes = new int[GROUPS * GROUP];
    private float d;
    private float dmin;

    OffsetSuperBlocks(int bits) {
        this.five = bits == 5;
        int most = (1 << bits) - 1;
        this.search = new OffsetSearch(most, true);
        this.candidates = new Candidates(0, most);
    }

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        float largestScale = 0;
        float largestMinimum = 0;
        for (int g = 0; g < GROUPS; g++) {
            search.search(x, from + g * GROUP, GROUP);
            scales[g] = search.scale();
            minima[g] = -search.offset();
            largestScale = Math.max(largestScale, scales[g]);
            largestMinimum = Math.max(largestMinimum, minima[g]);
        }
        d = unit(largestScale / LARGEST);
        dmin = unit(largestMinimum / LARGEST);
        for (int g = 0; g < GROUPS; g++) {
            s[g] = whole(scales[g], d);
            m[g] = whole(minima[g], dmin);
        }
        choose(x, from);
        for (int round = 1; round < ROUNDS; round++) {
            refit(x, from);
            choose(x, from);
        }
        write(x, from, out, at);
    }

    private static float half(float x) {
        return Float.float16ToFloat(Float.floatToFloat16(x));
    }

    /// The float of 16 bits next to a number, or above it where such floats are too sparse for the largest group to
    /// make up for what they lack.
    private static float unit(float x) {
        short bits = Float.floatToFloat16(x);
        float unit = Float.float16ToFloat(bits);
        return unit < x * (1 - 0x1p-10f) ? Float.float16ToFloat((short) (bits + 1)) : unit;
    }

    private static int whole(float number, float unit) {
        return unit == 0 ? 0 : Math.clamp(Math.round(number / unit), 0, LARGEST);
    }

    private static int near(int number, int step) {
        return Math.clamp(number + step, 0, LARGEST);
    }

    /// Replaces the numbers of each group by the neighbours that err least.
    private void choose(float[] x, int from) {
        for (int g = 0; g < GROUPS; g++) {
            for (int c = 0; c < Candidates.COUNT; c++) {
                candidates.set(c, d * near(s[g], Neighbours.FIRST[c]), dmin * near(m[g], Neighbours.SECOND[c]));
            }
            Trials.errors(x, from + g * GROUP, GROUP, candidates);
            int best = candidates.best();
            s[g] = near(s[g], Neighbours.FIRST[best]);
            m[g] = near(m[g], Neighbours.SECOND[best]);
        }
    }

    /// Sets the units to those that err least with the codes that they give now.
    private void refit(float[] x, int from) {
        double aa = 0;
        double ab = 0;
        double bb = 0;
        double ax = 0;
        double bx = 0;
        for (int g = 0; g < GROUPS; g++) {
            float scale = d * s[g];
            float minimum = dmin * m[g];
            float inverse = scale == 0 ? 0 : 1 / scale;
            int sumQ = 0;
            int sumQq = 0;
            float sumX = 0;
            float sumXq = 0;
            for (int i = from + g * GROUP; i < from + (g + 1) * GROUP; i++) {
                int q = candidates.code((x[i] + minimum) * inverse);
                sumQ += q;
                sumQq += q * q;
                sumX += x[i];
                sumXq += x[i] * q;
            }
            aa += (double) s[g] * s[g] * sumQq;
            ab -= (double) s[g] * m[g] * sumQ;
            bb += (double) m[g] * m[g] * GROUP;
            ax += (double) s[g] * sumXq;
            bx -= (double) m[g] * sumX;
        }
        double determinant = aa * bb - ab * ab;
        if (determinant > 0) {
            float unit = half((float) ((bb * ax - ab * bx) / determinant));
            float minimumUnit = half((float) ((aa * bx - ab * ax) / determinant));
            if (unit > 0 && minimumUnit > 0) {
                d = unit;
                dmin = minimumUnit;
            }
        }
    }

    private void write(float[] x, int from, MemorySegment out, long at) {
        for (int g = 0; g < GROUPS; g++) {
            float scale = d * s[g];
            float minimum = dmin * m[g];
            float inverse = scale == 0 ? 0 : 1 / scale;
            for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
                codes[i] = candidates.code((x[from + i] + minimum) * inverse);
            }
        }
        Fields.f16(out, at, Float.floatToFloat16(d));
        Fields.f16(out, at + 2, Float.floatToFloat16(dmin));
        for (int g = 0; g < 4; g++) {
            Fields.i8(out, at + 4 + g, s[g] | s[g + 4] >> 4 << 6);
            Fields.i8(out, at + 8 + g, m[g] | m[g + 4] >> 4 << 6);
            Fields.i8(out, at + 12 + g, s[g + 4] & 15 | (m[g + 4] & 15) << 4);
        }
        long low = at + 16;
        if (five) {
            for (int i = 0; i < GROUP; i++) {
                int bits = 0;
                for (int g = 0; g < GROUPS; g++) {
                    bits |= (codes[g * GROUP + i] >> 4) << g;
                }
                Fields.i8(out, at + 16 + i, bits);
            }
            low += GROUP;
        }
        for (int i = 0; i < 128; i++) {
            int first = i / 32 * 64 + i % 32;
            Fields.i8(out, low + i, codes[first] & 15 | (codes[first + 32] & 15) << 4);
        }
    }
}
