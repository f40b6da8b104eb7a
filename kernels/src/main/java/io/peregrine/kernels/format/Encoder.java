package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Floats to blocks, each element rounded to the nearest code: the same bytes as the reference encoder writes.
///
/// Source: `quantize_row_q4_0_ref`, `quantize_row_q8_0_ref` of `ggml-org/ggml : src/ggml-quants.c`.
public final class Encoder {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Encoder() {}

    /// Encodes `count` elements from `x[offset ..]` to `out` from byte `at`.
    ///
    /// @param type F32, F16, BF16, Q4_0 or Q8_0
    /// @param count a multiple of the block's elements
    /// @throws IllegalArgumentException if `count` is not a whole number of blocks, or `type` has no encoder
    public static void encode(TensorType type, float[] x, int offset, int count, MemorySegment out, long at) {
        long bytes = type.rowBytes(count);
        for (long block = 0, i = offset; block < bytes; block += type.blockBytes(), i += type.blockElements()) {
            int from = (int) i;
            switch (type) {
                case F32 -> out.set(FLOAT, at + block, x[from]);
                case F16 -> out.set(SHORT, at + block, Float.floatToFloat16(x[from]));
                case BF16 -> out.set(SHORT, at + block, bf16(x[from]));
                case Q4_0 -> q4_0(x, from, out, at + block);
                case Q8_0 -> q8_0(x, from, out, at + block);
                default -> throw new IllegalArgumentException("no encoder for " + type);
            }
        }
    }

    /// To the nearest, ties to even; a NaN stays one.
    private static short bf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) (Float.isNaN(x) ? bits >>> 16 | 64 : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /// The element of the largest magnitude becomes code 0, which is -8 times the scale.
    private static void q4_0(float[] x, int from, MemorySegment out, long at) {
        float extreme = 0;
        for (int i = from; i < from + 32; i++) {
            if (Math.abs(x[i]) > Math.abs(extreme)) {
                extreme = x[i];
            }
        }
        float d = extreme / -8;
        float inverse = d == 0 ? 0 : 1 / d;
        out.set(SHORT, at, Float.floatToFloat16(d));
        for (int i = 0; i < 16; i++) {
            int low = Math.min(15, (int) (x[from + i] * inverse + 8.5f));
            int high = Math.min(15, (int) (x[from + i + 16] * inverse + 8.5f));
            out.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) (low | high << 4));
        }
    }

    /// The element of the largest magnitude becomes 127 or -127.
    private static void q8_0(float[] x, int from, MemorySegment out, long at) {
        float largest = 0;
        for (int i = from; i < from + 32; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        float d = largest / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        out.set(SHORT, at, Float.floatToFloat16(d));
        for (int i = 0; i < 32; i++) {
            double q = x[from + i] * inverse;
            out.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) (int) (q + Math.copySign(0.5, q)));
        }
    }
}
