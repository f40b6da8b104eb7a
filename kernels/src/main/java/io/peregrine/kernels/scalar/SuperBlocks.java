package io.peregrine.kernels.scalar;

import java.lang.foreign.MemorySegment;

/// The formats of 256 elements that hold no code book.
///
/// The classes of the same names in `io.peregrine.kernels.format` describe the fields. Source:
/// `ggml-org/ggml : src/ggml-common.h, src/ggml-quants.c`.
final class SuperBlocks {

    private SuperBlocks() {}

    static void q2K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 80);
        float min = Fields.f16(data, at + 82);
        for (int i = 0; i < 256; i++) {
            int scales = Fields.u8(data, at + i / 16);
            int q = Fields.u8(data, at + 16 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
            out[o + i] = d * (scales & 15) * q - min * (scales >> 4);
        }
    }

    static void q3K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 108);
        for (int i = 0; i < 256; i++) {
            int group = i / 16;
            int low = Fields.u8(data, at + 96 + group % 8) >> group / 8 * 4 & 15;
            int high = Fields.u8(data, at + 104 + group % 4) >> group / 4 * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            int q = Fields.u8(data, at + 32 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
            int bit = Fields.u8(data, at + i % 32) >> i / 32 & 1;
            out[o + i] = scale * (q - (bit == 1 ? 0 : 4));
        }
    }

    static void q4K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        float min = Fields.f16(data, at + 2);
        for (int i = 0; i < 256; i++) {
            int q = Fields.u8(data, at + 16 + i / 64 * 32 + i % 32) >> i / 32 % 2 * 4 & 15;
            out[o + i] = d * scale6(data, at + 4, i / 32) * q - min * min6(data, at + 4, i / 32);
        }
    }

    static void q5K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        float min = Fields.f16(data, at + 2);
        for (int i = 0; i < 256; i++) {
            int low = Fields.u8(data, at + 48 + i / 64 * 32 + i % 32) >> i / 32 % 2 * 4 & 15;
            int high = Fields.u8(data, at + 16 + i % 32) >> i / 32 & 1;
            int q = low | high << 4;
            out[o + i] = d * scale6(data, at + 4, i / 32) * q - min * min6(data, at + 4, i / 32);
        }
    }

    /// Scale `group` of Q4_K and Q5_K, six bits: the first four in the low bits of bytes 0-3, the others with their
    /// low four bits in those of bytes 8-11 and their high two on top of bytes 0-3.
    private static int scale6(MemorySegment data, long at, int group) {
        return group < 4
                ? Fields.u8(data, at + group) & 63
                : Fields.u8(data, at + 4 + group) & 15 | Fields.u8(data, at + group - 4) >> 6 << 4;
    }

    /// Minimum `group` of Q4_K and Q5_K, six bits: the first four in the low bits of bytes 4-7, the others with
    /// their low four bits in the high ones of bytes 8-11 and their high two on top of bytes 4-7.
    private static int min6(MemorySegment data, long at, int group) {
        return group < 4
                ? Fields.u8(data, at + 4 + group) & 63
                : Fields.u8(data, at + 4 + group) >> 4 | Fields.u8(data, at + group) >> 6 << 4;
    }

    static void q6K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 208);
        for (int i = 0; i < 256; i++) {
            int half = i / 128;
            int low = Fields.u8(data, at + half * 64 + i % 64) >> i / 64 % 2 * 4 & 15;
            int high = Fields.u8(data, at + 128 + half * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
            int q = (low | high << 4) - 32;
            out[o + i] = d * Fields.i8(data, at + 192 + i / 16) * q;
        }
    }

    static void iq4Xs(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 256; i++) {
            int group = i / 32;
            int low = Fields.u8(data, at + 4 + group / 2) >> group % 2 * 4 & 15;
            int high = Fields.u16(data, at + 2) >> group * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            int q = Fields.u8(data, at + 8 + group * 16 + i % 16) >> i / 16 % 2 * 4 & 15;
            out[o + i] = scale * SmallBlocks.IQ4_LEVELS[q];
        }
    }

    static void tq1_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 52);
        for (int i = 0; i < 160; i++) {
            out[o + i] = trit(Fields.u8(data, at + i % 32), i / 32) * d;
        }
        for (int i = 0; i < 80; i++) {
            out[o + 160 + i] = trit(Fields.u8(data, at + 32 + i % 16), i / 16) * d;
        }
        for (int i = 0; i < 16; i++) {
            out[o + 240 + i] = trit(Fields.u8(data, at + 48 + i % 4), i / 4) * d;
        }
    }

    /// Digit `n` after the point of the fraction `code / 256` in base 3, less 1.
    private static int trit(int code, int n) {
        int shifted = code;
        for (int i = 0; i < n; i++) {
            shifted = shifted * 3 & 0xFF;
        }
        return (shifted * 3 >> 8) - 1;
    }

    static void tq2_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 64);
        for (int i = 0; i < 256; i++) {
            int q = Fields.u8(data, at + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
            out[o + i] = (q - 1) * d;
        }
    }
}
