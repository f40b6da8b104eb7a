package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;
import java.lang.foreign.MemorySegment;

/// Blocks of 32 codes around zero with one scale: Q4_0 and Q5_0.
final class ScaledBlocks implements BlockEncoder {

    private final boolean five;
    private final int levels;
    private final ScaleSearch search;
    private final Candidates candidates;
    private final int[] codes = new int[32];

    ScaledBlocks(int bits) {
        this.five = bits == 5;
        this.levels = 1 << bits - 1;
        this.search = new ScaleSearch(levels);
        this.candidates = new Candidates(-levels, levels - 1);
    }

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        short d = Float.floatToFloat16(search.scale(x, from, 32));
        // The floats of 16 bits around it, the next one first.
        for (int c = 0; c < Candidates.COUNT; c++) {
            int step = c % 2 == 0 ? c / 2 : -(c / 2) - 1;
            candidates.set(c, Float.float16ToFloat((short) (d + step)), 0);
        }
        Trials.errors(x, from, 32, candidates);
        int best = candidates.best();
        for (int i = 0; i < 32; i++) {
            codes[i] = candidates.code(x[from + i] * candidates.inverse[best]) + levels;
        }
        Fields.f16(out, at, Float.floatToFloat16(candidates.scale[best]));
        if (five) {
            Fields.i32(out, at + 2, Fields.fifthBits(codes));
        }
        Fields.nibbles(out, at + (five ? 6 : 2), codes);
    }
}
