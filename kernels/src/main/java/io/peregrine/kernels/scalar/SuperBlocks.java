package io.peregrine.kernels.scalar;

import java.lang.foreign.MemorySegment;

/// The formats of 256 elements that hold no code book.
///
/// The classes of the same names in `io.peregrine.kernels.format` describe the fields. Source:
/// `ggml-org/ggml : src/ggml-common.h, src/ggml-quants.c`.
final class SuperBlocks {

    private static final int[] POWERS_OF_3 = {1, 3, 9, 27, 81};

    private SuperBlocks() {}

    static void q2K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 80);
        float min = Fields.f16(data, at + 82);
        for (int group = 0; group < 16; group++) {
            int scales = Fields.u8(data, at + group);
            float scale = d * (scales & 15);
            float minimum = min * (scales >> 4);
            for (int i = 16 * group; i < 16 * group + 16; i++) {
                int q = Fields.u8(data, at + 16 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
                out[o + i] = scale * q - minimum;
            }
        }
    }

    static void q3K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 108);
        for (int group = 0; group < 16; group++) {
            int low = Fields.u8(data, at + 96 + group % 8) >> group / 8 * 4 & 15;
            int high = Fields.u8(data, at + 104 + group % 4) >> group / 4 * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            for (int i = 16 * group; i < 16 * group + 16; i++) {
                int q = Fields.u8(data, at + 32 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
                int bit = Fields.u8(data, at + i % 32) >> i / 32 & 1;
                out[o + i] = scale * ((q | bit << 2) - 4);
            }
        }
    }

    static void q4K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        float min = Fields.f16(data, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale6(data, at + 4, group);
            float minimum = min * min6(data, at + 4, group);
            for (int i = 32 * group; i < 32 * group + 32; i++) {
                int q = Fields.u8(data, at + 16 + i / 64 * 32 + i % 32) >> i / 32 % 2 * 4 & 15;
                out[o + i] = scale * q - minimum;
            }
        }
    }

    static void q5K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        float min = Fields.f16(data, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale6(data, at + 4, group);
            float minimum = min * min6(data, at + 4, group);
            for (int i = 32 * group; i < 32 * group + 32; i++) {
                int low = Fields.u8(data, at + 48 + i / 64 * 32 + i % 32) >> i / 32 % 2 * 4 & 15;
                int bit = Fields.u8(data, at + 16 + i % 32) >> i / 32 & 1;
                out[o + i] = scale * (low | bit << 4) - minimum;
            }
        }
    }

    /// Scale `group` of Q4_K and Q5_K, six bits.
    private static int scale6(MemorySegment data, long at, int group) {
        return group < 4
                ? Fields.u8(data, at + group) & 63
                : Fields.u8(data, at + 4 + group) & 15 | Fields.u8(data, at + group - 4) >> 6 << 4;
    }

    /// Minimum `group` of Q4_K and Q5_K, six bits.
    private static int min6(MemorySegment data, long at, int group) {
        return group < 4
                ? Fields.u8(data, at + 4 + group) & 63
                : Fields.u8(data, at + 4 + group) >> 4 | Fields.u8(data, at + group) >> 6 << 4;
    }

    static void q6K(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at + 208);
        for (int group = 0; group < 16; group++) {
            float scale = d * Fields.i8(data, at + 192 + group);
            for (int i = 16 * group; i < 16 * group + 16; i++) {
                int low = Fields.u8(data, at + i / 128 * 64 + i % 64) >> i / 64 % 2 * 4 & 15;
                int high = Fields.u8(data, at + 128 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
                out[o + i] = scale * ((low | high << 4) - 32);
            }
        }
    }

    static void iq4Xs(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int group = 0; group < 8; group++) {
            int low = Fields.u8(data, at + 4 + group / 2) >> group % 2 * 4 & 15;
            int high = Fields.u16(data, at + 2) >> group * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            for (int i = 0; i < 16; i++) {
                int q = Fields.u8(data, at + 8 + 16 * group + i);
                out[o + 32 * group + i] = scale * SmallBlocks.IQ4_LEVELS[q & 15];
                out[o + 32 * group + i + 16] = scale * SmallBlocks.IQ4_LEVELS[q >> 4];
            }
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
        int shifted = code * POWERS_OF_3[n] & 0xFF;
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
