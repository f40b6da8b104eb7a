package io.peregrine.kernels.encode;

import java.lang.foreign.MemorySegment;

/// Blocks of 16 groups of 16 codes around zero, whose scales are signed bytes: Q6_K.
///
/// Each group is searched by itself; the largest scale then gives the unit in which all are stored, and a group
/// takes the neighbour of its rounded scale if that errs less.
final class ScaledSuperBlocks implements BlockEncoder {

    private static final int GROUPS = 16;
    private static final int GROUP = 16;
    private static final int LEVELS = 32;

    private final float[] scales = new float[GROUPS];
    private final int[] s = new int[GROUPS];
    private final int[] codes = new int[GROUPS * GROUP];

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        float extreme = 0;
        for (int g = 0; g < GROUPS; g++) {
            scales[g] = ScaleSearch.scale(x, from + g * GROUP, GROUP, LEVELS);
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
                codes[i] = ScaleSearch.code(x[from + i] * inverse, LEVELS) + LEVELS;
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

    private static int choose(float[] x, int from, float d, int rounded) {
        int best = 0;
        float least = Float.POSITIVE_INFINITY;
        for (int s = Math.max(-128, rounded - 1); s <= Math.min(127, rounded + 1); s++) {
            float error = ScaleSearch.error(x, from, GROUP, LEVELS, d * s);
            if (error < least) {
                least = error;
                best = s;
            }
        }
        return best;
    }
}
