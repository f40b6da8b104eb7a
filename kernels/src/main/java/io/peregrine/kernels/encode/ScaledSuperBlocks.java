package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;
import java.lang.foreign.MemorySegment;

/// Blocks of 16 groups of 16 codes around zero, whose scales are signed bytes: Q6_K.
///
/// Each group is searched by itself; the largest scale then gives the unit in which all are stored, and a group
/// takes a neighbour of its rounded scale if that errs less.
final class ScaledSuperBlocks implements BlockEncoder {

    private static final int GROUPS = 16;
    private static final int GROUP = 16;
    private static final int LEVELS = 32;

    private final ScaleSearch search = new ScaleSearch(LEVELS);
    private final Candidates candidates = new Candidates(-LEVELS, LEVELS - 1);
    private final float[] scales = new float[GROUPS];
    private final int[] s = new int[GROUPS];
    private final int[] codes = new int[GROUPS * GROUP];

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        float extreme = 0;
        for (int g = 0; g < GROUPS; g++) {
            scales[g] = search.scale(x, from + g * GROUP, GROUP);
            if (Math.abs(scales[g]) > Math.abs(extreme)) {
                extreme = scales[g];
            }
        }
        short half = Float.floatToFloat16(extreme / -128);
        float d = Float.float16ToFloat(half);
        for (int g = 0; g < GROUPS; g++) {
            s[g] = d == 0 ? 0 : choose(x, from + g * GROUP, d, Math.round(scales[g] / d));
            float scale = d * s[g];
            float inverse = scale == 0 ? 0 : 1 / scale;
            for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
                codes[i] = candidates.code(x[from + i] * inverse) + LEVELS;
            }
        }
        Fields.f16(out, at + 208, half);
        for (int g = 0; g < GROUPS; g++) {
            Fields.i8(out, at + 192 + g, s[g]);
        }
        for (int i = 0; i < 128; i++) {
            int first = i / 64 * 128 + i % 64;
            Fields.i8(out, at + i, codes[first] & 15 | (codes[first + 64] & 15) << 4);
        }
        for (int i = 0; i < 64; i++) {
            int first = i / 32 * 128 + i % 32;
            int bits = codes[first] >> 4 | codes[first + 32] >> 4 << 2 | codes[first + 64] >> 4 << 4;
            Fields.i8(out, at + 128 + i, bits | codes[first + 96] >> 4 << 6);
        }
    }

    /// The whole number around a rounded scale that errs least.
    private int choose(float[] x, int from, float d, int rounded) {
        for (int c = 0; c < Candidates.COUNT; c++) {
            candidates.set(c, d * near(rounded, c), 0);
        }
        Trials.errors(x, from, GROUP, candidates);
        return near(rounded, candidates.best());
    }

    private static int near(int rounded, int c) {
        return Math.clamp(rounded + (c % 2 == 0 ? c / 2 : -(c / 2) - 1), -128, 127);
    }
}
