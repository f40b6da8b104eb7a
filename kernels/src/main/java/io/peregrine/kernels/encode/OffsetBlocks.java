package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;
import java.lang.foreign.MemorySegment;

/// Blocks of 32 codes above an offset: Q4_1 and Q5_1.
final class OffsetBlocks implements BlockEncoder {

    private final boolean five;
    private final OffsetSearch search;
    private final Candidates candidates;
    private final int[] codes = new int[32];

    OffsetBlocks(int bits) {
        this.five = bits == 5;
        int most = (1 << bits) - 1;
        this.search = new OffsetSearch(most, false);
        this.candidates = new Candidates(0, most);
    }

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        search.search(x, from, 32);
        short d = Float.floatToFloat16(search.scale());
        short m = Float.floatToFloat16(search.offset());
        // Floats of 16 bits around both, the next ones first.
        for (int c = 0; c < Candidates.COUNT; c++) {
            float scale = Float.float16ToFloat((short) (d + Neighbours.FIRST[c]));
            candidates.set(c, scale, -Float.float16ToFloat((short) (m + Neighbours.SECOND[c])));
        }
        Trials.errors(x, from, 32, candidates);
        int best = candidates.best();
        for (int i = 0; i < 32; i++) {
            codes[i] = candidates.code((x[from + i] + candidates.shift[best]) * candidates.inverse[best]);
        }
        Fields.f16(out, at, Float.floatToFloat16(candidates.scale[best]));
        Fields.f16(out, at + 2, Float.floatToFloat16(-candidates.shift[best]));
        if (five) {
            Fields.i32(out, at + 4, Fields.fifthBits(codes));
        }
        Fields.nibbles(out, at + (five ? 8 : 4), codes);
    }
}
