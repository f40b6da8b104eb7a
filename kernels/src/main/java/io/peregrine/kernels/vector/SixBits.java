package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;

/// Scales of six bits that are spread over the bytes of their field, gathered to one per byte.
final class SixBits {

    private SixBits() {}

    /// The 8 scales of Q4_K or Q5_K from the 12 bytes of their field.
    static long scales(MemorySegment data, long at) {
        return join(Codes.int32(data, at), Codes.int32(data, at + 8));
    }

    /// The 8 minima of Q4_K or Q5_K from the 12 bytes of their field.
    static long mins(MemorySegment data, long at) {
        return join(Codes.int32(data, at + 4), Codes.int32(data, at + 8) >>> 4);
    }

    private static long join(int first, int low) {
        int last = low & 0x0F0F_0F0F | (first >>> 6 & 0x0303_0303) << 4;
        return first & 0x3F3F_3F3FL | (long) last << 32;
    }

    /// 8 scales of Q3_K: `low` has their low four bits in the low half of each byte; of the bytes of `high`
    /// bits 0-1 are the high bits of the first four, bits 2-3 those of the others.
    static long ofQ3_K(long low, int high) {
        long top = high & 0x0303_0303L | (long) (high >>> 2 & 0x0303_0303) << 32;
        return low & 0x0F0F_0F0F_0F0F_0F0FL | top << 4;
    }
}
