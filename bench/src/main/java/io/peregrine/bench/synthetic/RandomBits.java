package io.peregrine.bench.synthetic;

import java.nio.ByteBuffer;

/// SplitMix64, a generator whose every seed starts an independent stream, written out where bytes are filled.
///
/// Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
final class RandomBits {

    private static final long STEP = 0x9E37_79B9_7F4A_7C15L;

    private RandomBits() {}

    /// A seed for part `part` of what `seed` makes.
    static long seed(long seed, long part) {
        return mix(seed + STEP * (part + 1));
    }

    /// Fills `bytes` bytes from index `from`.
    ///
    /// @param out little endian
    static void fill(ByteBuffer out, int from, int bytes, long seed) {
        long state = seed;
        int whole = from + (bytes & -8);
        for (int at = from; at < whole; at += 8) {
            state += STEP;
            out.putLong(at, mix(state));
        }
        long rest = mix(state + STEP);
        for (int at = whole; at < from + bytes; at++) {
            out.put(at, (byte) rest);
            rest >>>= 8;
        }
    }

    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        long b = (a ^ a >>> 27) * 0x94D0_49BB_1331_11EBL;
        return b ^ b >>> 31;
    }
}
