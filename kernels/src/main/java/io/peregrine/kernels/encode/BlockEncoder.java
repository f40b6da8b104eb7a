package io.peregrine.kernels.encode;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/// Makes the blocks of one storage format from floats. The search for scales minimises the sum of the squared
/// differences between the elements and what the block decodes to; see `docs/design/0021-quantisers.md`.
///
/// Has scratch memory of its own: for one thread. The classes of the formats' names in `io.peregrine.kernels.format`
/// describe the fields.
@FunctionalInterface
public interface BlockEncoder {

    /// Encodes one block.
    ///
    /// @param x finite elements, of the block from index `from` on
    /// @param out receives the block from byte `at` on
    void encode(float[] x, int from, MemorySegment out, long at);

    /// A new encoder, or an error if the format can only be read.
    ///
    /// @throws IllegalArgumentException if there is none for the type
    static BlockEncoder of(TensorType type) {
        return switch (type) {
            case F32 -> (x, from, out, at) -> Fields.f32(out, at, x[from]);
            case F16 -> (x, from, out, at) -> Fields.f16(out, at, Float.floatToFloat16(x[from]));
            case BF16 -> (x, from, out, at) -> Fields.f16(out, at, bf16(x[from]));
            case Q4_0 -> new ScaledBlocks(4);
            case Q5_0 -> new ScaledBlocks(5);
            case Q4_1 -> new OffsetBlocks(4);
            case Q5_1 -> new OffsetBlocks(5);
            case Q8_0 -> BlockEncoder::q8_0;
            case Q4_K -> new OffsetSuperBlocks(4);
            case Q5_K -> new OffsetSuperBlocks(5);
            case Q6_K -> new ScaledSuperBlocks();
            default -> throw new IllegalArgumentException("no encoder for " + type);
        };
    }

    /// Whether there is an encoder for the type.
    static boolean supports(TensorType type) {
        return switch (type) {
            case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K -> true;
            default -> false;
        };
    }

    /// To the nearest, ties to even; a NaN stays one.
    private static short bf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) (Float.isNaN(x) ? bits >>> 16 | 64 : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /// The element of the largest magnitude becomes 127 or -127: with codes this fine a search gains nothing.
    private static void q8_0(float[] x, int from, MemorySegment out, long at) {
        float largest = 0;
        for (int i = from; i < from + 32; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        short d = Float.floatToFloat16(largest / 127);
        float scale = Float.float16ToFloat(d);
        float inverse = scale == 0 ? 0 : 1 / scale;
        Fields.f16(out, at, d);
        for (int i = 0; i < 32; i++) {
            double code = x[from + i] * inverse;
            int q = (int) (code + Math.copySign(0.5, code));
            Fields.i8(out, at + 2 + i, Math.min(Math.max(q, -127), 127));
        }
    }
}
