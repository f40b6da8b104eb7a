package io.peregrine.kernels.encode;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 codes around zero with one scale: Q4_0 and Q5_0.
final class ScaledBlocks implements BlockEncoder {

    private final boolean five;
    private final int levels;
    private final int[] codes = new int[32];

    ScaledBlocks(int bits) {
        this.five = bits == 5;
        this.levels = 1 << bits - 1;
    }

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        short d = nearest(x, from, ScaleSearch.scale(x, from, 32, levels));
        float scale = Float.float16ToFloat(d);
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < 32; i++) {
            codes[i] = ScaleSearch.code(x[from + i] * inverse, levels) + levels;
        }
        Fields.f16(out, at, d);
        if (five) {
            Fields.i32(out, at + 2, Fields.fifthBits(codes));
        }
        Fields.nibbles(out, at + (five ? 6 : 2), codes);
    }

    /// The float of 16 bits that errs least among the one next to the scale and its neighbours.
    private short nearest(float[] x, int from, float scale) {
        short middle = Float.floatToFloat16(scale);
        short best = middle;
        float least = ScaleSearch.error(x, from, 32, levels, Float.float16ToFloat(middle));
        for (int step = -1; step <= 1 && scale != 0; step += 2) {
            short bits = (short) (middle + step);
            float candidate = Float.float16ToFloat(bits);
            float error = ScaleSearch.error(x, from, 32, levels, candidate);
            if (error < least) {
                least = error;
                best = bits;
            }
        }
        return best;
    }
}
