package io.peregrine.kernels.vector;

/// The factors by which kernels for rows side by side multiply the 16-bit halves of a word, modulo 2^16.
final class Factors {

    private Factors() {}

    /// Factors for a word of eight nibbles, of which the even ones belong to elements `low, low + 1, ...` and the
    /// odd ones to `high, high + 1, ...`: for the word as it is, and shifted by 4, 8 and 12 bits.
    ///
    /// With `n[0] .. n[7]` as nibbles, the lower half of the word shifted by `4 t` is `n[t] + 16 n[t + 1] + 256 n[t
    /// + 2] + 4096 n[t + 3]`, and the upper half the same of `n[t + 4]` and as many as there are. Each factor is
    /// the code of the first of these, less what the other factors contribute for it.
    static void nibbles(short[] codes, int low, int high, int[] pairs, int at) {
        int a0 = codes[low];
        int b0 = codes[high] - 16 * a0;
        int c0 = codes[low + 1] - 256 * a0 - 16 * b0;
        int d0 = codes[high + 1] - 4096 * a0 - 256 * b0 - 16 * c0;
        int a1 = codes[low + 2] - 4096 * b0 - 256 * c0 - 16 * d0;
        int b1 = codes[high + 2] - 16 * a1 - 4096 * c0 - 256 * d0;
        int c1 = codes[low + 3] - 256 * a1 - 16 * b1 - 4096 * d0;
        int d1 = codes[high + 3] - 4096 * a1 - 256 * b1 - 16 * c1;
        pairs[at] = pair(a0, a1);
        pairs[at + 1] = pair(b0, b1);
        pairs[at + 2] = pair(c0, c1);
        pairs[at + 3] = pair(d0, d1);
    }

    /// Factors for a word of four bytes, which belong to elements from `from`: for the word as it is, and shifted
    /// by 8 bits. As [#nibbles] otherwise: each lane holds a byte, and 256 times the next one that there is.
    static void bytes(short[] codes, int from, int[] pairs, int at) {
        int a0 = codes[from];
        int b0 = codes[from + 1] - 256 * a0;
        int a1 = codes[from + 2] - 256 * b0;
        int b1 = codes[from + 3] - 256 * a1;
        pairs[at] = pair(a0, a1);
        pairs[at + 1] = pair(b0, b1);
    }

    /// Factors for words of four nibbles of one group of 32, the lower ones, and four of the next.
    static void nibblesOfGroups(short[] codes, int count, int[] pairs) {
        for (int i = 0; i < count; i += 64) {
            for (int j = 0; j < 32; j += 4) {
                bytes(codes, i + j, pairs, i / 2 + j);
                bytes(codes, i + j + 32, pairs, i / 2 + j + 2);
            }
        }
    }

    static int pair(int low, int high) {
        return low & 0xFFFF | high << 16;
    }

    static int sum(short[] codes, int from, int count) {
        int sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += codes[i];
        }
        return sum;
    }
}
