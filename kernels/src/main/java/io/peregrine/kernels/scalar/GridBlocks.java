package io.peregrine.kernels.scalar;

import java.lang.foreign.MemorySegment;

/// The formats of 256 elements whose elements are points of a code book.
///
/// The classes of the same names in `io.peregrine.kernels.format` describe the fields. Source:
/// `ggml-org/ggml : src/ggml-common.h, src/ggml-quants.c`.
final class GridBlocks {

    private GridBlocks() {}

    static void iq1S(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 32; i++) {
            int high = Fields.u16(data, at + 34 + i / 4 * 2);
            float scale = d * (2 * (high >> 12 & 7) + 1);
            float shift = high >> 15 == 1 ? -0.125f : 0.125f;
            int point = Fields.u8(data, at + 2 + i) | (high >> i % 4 * 3 & 7) << 8;
            shifted(point, scale, shift, out, o + 8 * i);
        }
    }

    static void iq1M(MemorySegment data, long at, float[] out, int o) {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= Fields.u16(data, at + 48 + 2 * i) >> 12 << 4 * i;
        }
        float d = Float.float16ToFloat((short) bits);
        for (int i = 0; i < 32; i++) {
            int high = Fields.u8(data, at + 32 + i / 2) >> i % 2 * 4;
            float scale = d * (2 * (Fields.u16(data, at + 48 + i / 8 * 2) >> i / 2 % 4 * 3 & 7) + 1);
            float shift = (high & 8) == 8 ? -0.125f : 0.125f;
            int point = Fields.u8(data, at + i) | (high & 7) << 8;
            shifted(point, scale, shift, out, o + 8 * i);
        }
    }

    private static void shifted(int point, float scale, float shift, float[] out, int o) {
        for (int j = 0; j < 8; j++) {
            out[o + j] = scale * (Grids.IQ1[8 * point + j] + shift);
        }
    }

    static void iq2Xxs(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 32; i++) {
            int word = Fields.i32(data, at + 6 + i / 4 * 8);
            float scale = d * (0.5f + (word >>> 28)) * 0.25f;
            int point = Fields.u8(data, at + 2 + i / 4 * 8 + i % 4);
            signed(Grids.IQ2_XXS, 8, point, scale, evenSigns(word >>> i % 4 * 7 & 127), out, o + 8 * i);
        }
    }

    static void iq2Xs(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 32; i++) {
            int word = Fields.u16(data, at + 2 + 2 * i);
            float scale = d * (0.5f + (Fields.u8(data, at + 66 + i / 4) >> i / 2 % 2 * 4 & 15)) * 0.25f;
            signed(Grids.IQ2_XS, 8, word & 511, scale, evenSigns(word >> 9), out, o + 8 * i);
        }
    }

    static void iq2S(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 32; i++) {
            float scale = d * (0.5f + (Fields.u8(data, at + 74 + i / 4) >> i / 2 % 2 * 4 & 15)) * 0.25f;
            int high = Fields.u8(data, at + 66 + i / 4) >> i % 4 * 2 & 3;
            int point = Fields.u8(data, at + 2 + i) | high << 8;
            signed(Grids.IQ2_S, 8, point, scale, Fields.u8(data, at + 34 + i), out, o + 8 * i);
        }
    }

    static void iq3Xxs(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 64; i++) {
            int word = Fields.i32(data, at + 66 + i / 8 * 4);
            float scale = d * (0.5f + (word >>> 28)) * 0.5f;
            int signs = evenSigns(word >>> i / 2 % 4 * 7 & 127) >> i % 2 * 4;
            signed(Grids.IQ3_XXS, 4, Fields.u8(data, at + 2 + i), scale, signs, out, o + 4 * i);
        }
    }

    static void iq3S(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 64; i++) {
            float scale = d * (1 + 2 * (Fields.u8(data, at + 106 + i / 16) >> i / 8 % 2 * 4 & 15));
            int high = Fields.u8(data, at + 66 + i / 8) >> i % 8 & 1;
            int signs = Fields.u8(data, at + 74 + i / 2) >> i % 2 * 4;
            int point = Fields.u8(data, at + 2 + i) | high << 8;
            signed(Grids.IQ3_S, 4, point, scale, signs, out, o + 4 * i);
        }
    }

    /// Eight signs from seven bits: the number of minus signs is even.
    private static int evenSigns(int bits) {
        return bits | (Integer.bitCount(bits) & 1) << 7;
    }

    /// A point times `scale`; bit `j` of `signs` negates coordinate `j`.
    private static void signed(byte[] grid, int dimensions, int point, float scale, int signs, float[] out, int o) {
        for (int j = 0; j < dimensions; j++) {
            out[o + j] = scale * grid[dimensions * point + j] * (1 - 2 * (signs >> j & 1));
        }
    }
}
