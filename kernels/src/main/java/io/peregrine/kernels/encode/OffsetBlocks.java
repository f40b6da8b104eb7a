package io.peregrine.kernels.encode;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 codes above an offset: Q4_1 and Q5_1.
final class OffsetBlocks implements BlockEncoder {

    private final boolean five;
    private final int most;
    private final OffsetSearch search;
    private final int[] codes = new int[32];

    OffsetBlocks(int bits) {
        this.five = bits == 5;
        this.most = (1 << bits) - 1;
        this.search = new OffsetSearch(most, false);
    }

    @Override
    public void encode(float[] x, int from, MemorySegment out, long at) {
        search.search(x, from, 32);
        short d = Float.floatToFloat16(search.scale());
        short m = Float.floatToFloat16(search.offset());
        float scale = Float.float16ToFloat(d);
        float offset = Float.float16ToFloat(m);
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < 32; i++) {
            codes[i] = OffsetSearch.code((x[from + i] - offset) * inverse, most);
        }
        Fields.f16(out, at, d);
        Fields.f16(out, at + 2, m);
        if (five) {
            Fields.i32(out, at + 4, Fields.fifthBits(codes));
        }
        Fields.nibbles(out, at + (five ? 8 : 4), codes);
    }
}
