package io.peregrine.kernels.scalar;

import java.lang.foreign.MemorySegment;

/// The formats of 32 to 128 elements with their scale beside them.
///
/// The classes of the same names in `io.peregrine.kernels.format` describe the fields. Source:
/// `ggml-org/ggml : src/ggml-common.h, src/ggml-quants.c`.
final class SmallBlocks {

    /// The 16 levels of IQ4_NL and IQ4_XS.
    static final byte[] IQ4_LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /// Twice the 16 values of the OCP microscaling type E2M1: sign, two bits of exponent, one of mantissa.
    static final byte[] E2M1_DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private SmallBlocks() {}

    static void q1_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 128; i++) {
            int bit = Fields.u8(data, at + 2 + i / 8) >> i % 8 & 1;
            out[o + i] = (2 * bit - 1) * d;
        }
    }

    static void q2_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 64; i++) {
            int q = Fields.u8(data, at + 2 + i / 4) >> i % 4 * 2 & 3;
            out[o + i] = (q - 1) * d;
        }
    }

    static void q4_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 16; i++) {
            int q = Fields.u8(data, at + 2 + i);
            out[o + i] = ((q & 15) - 8) * d;
            out[o + i + 16] = ((q >> 4) - 8) * d;
        }
    }

    static void q4_1(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        float m = Fields.f16(data, at + 2);
        for (int i = 0; i < 16; i++) {
            int q = Fields.u8(data, at + 4 + i);
            out[o + i] = (q & 15) * d + m;
            out[o + i + 16] = (q >> 4) * d + m;
        }
    }

    static void q5_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        int high = Fields.i32(data, at + 2);
        for (int i = 0; i < 16; i++) {
            int q = Fields.u8(data, at + 6 + i);
            out[o + i] = ((q & 15 | (high >>> i & 1) << 4) - 16) * d;
            out[o + i + 16] = ((q >> 4 | (high >>> i + 16 & 1) << 4) - 16) * d;
        }
    }

    static void q5_1(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        float m = Fields.f16(data, at + 2);
        int high = Fields.i32(data, at + 4);
        for (int i = 0; i < 16; i++) {
            int q = Fields.u8(data, at + 8 + i);
            out[o + i] = (q & 15 | (high >>> i & 1) << 4) * d + m;
            out[o + i + 16] = (q >> 4 | (high >>> i + 16 & 1) << 4) * d + m;
        }
    }

    static void q8_0(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 32; i++) {
            out[o + i] = Fields.i8(data, at + 2 + i) * d;
        }
    }

    static void iq4Nl(MemorySegment data, long at, float[] out, int o) {
        float d = Fields.f16(data, at);
        for (int i = 0; i < 16; i++) {
            int q = Fields.u8(data, at + 2 + i);
            out[o + i] = d * IQ4_LEVELS[q & 15];
            out[o + i + 16] = d * IQ4_LEVELS[q >> 4];
        }
    }

    static void mxfp4(MemorySegment data, long at, float[] out, int o) {
        float d = halfPowerOfTwo(Fields.u8(data, at));
        for (int i = 0; i < 16; i++) {
            int q = Fields.u8(data, at + 1 + i);
            out[o + i] = E2M1_DOUBLED[q & 15] * d;
            out[o + i + 16] = E2M1_DOUBLED[q >> 4] * d;
        }
    }

    static void nvfp4(MemorySegment data, long at, float[] out, int o) {
        for (int part = 0; part < 4; part++) {
            float d = halfE4m3(Fields.u8(data, at + part));
            for (int i = 0; i < 8; i++) {
                int q = Fields.u8(data, at + 4 + 8 * part + i);
                out[o + 16 * part + i] = E2M1_DOUBLED[q & 15] * d;
                out[o + 16 * part + i + 8] = E2M1_DOUBLED[q >> 4] * d;
            }
        }
    }

    /// Half of an E8M0 scale, `2^(e - 128)`; the code 255, a NaN by the OCP specification, is a number in ggml.
    private static float halfPowerOfTwo(int e) {
        return Float.intBitsToFloat(e < 2 ? 0x0020_0000 << e : e - 1 << 23);
    }

    /// Half of an unsigned E4M3 scale: four bits of exponent with bias 7, three of mantissa; the NaN code 0x7F is 0
    /// in ggml, and bit 7 is ignored except in that comparison.
    private static float halfE4m3(int x) {
        if (x == 0 || x == 0x7F) {
            return 0;
        }
        int exponent = x >> 3 & 15;
        int mantissa = x & 7;
        float value = exponent == 0 ? mantissa * 0x1p-9f : (1 + mantissa / 8f) * Math.scalb(1f, exponent - 7);
        return value * 0.5f;
    }
}
