package io.peregrine.kernels.vector;

import java.lang.foreign.MemorySegment;

/// The 12 bytes of Q4_K and Q5_K that hold 8 scales and 8 minima of six bits.
///
/// The first four of each lie in the low six bits of bytes 0-3 and 4-7. Of the last four, bytes 8-11 hold the
/// low four bits (scale low, minimum high) and the top two bits of bytes 0-3 and 4-7 the rest.
final class SixBits {

    private SixBits() {}

    /// The 8 scales, one per byte.
    static long scales(MemorySegment data, long at) {
        return join(Codes.int32(data, at), Codes.int32(data, at + 8));
    }

    /// The 8 minima, one per byte.
    static long mins(MemorySegment data, long at) {
        return join(Codes.int32(data, at + 4), Codes.int32(data, at + 8) >>> 4);
    }

    private static long join(int first, int low) {
        int last = low & 0x0F0F_0F0F | (first >>> 6 & 0x0303_0303) << 4;
        return first & 0x3F3F_3F3FL | (long) last << 32;
    }
}
