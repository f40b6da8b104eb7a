package io.peregrine.bench.synthetic;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How random bytes become blocks of a storage format whose elements have a given spread.
///
/// All fields of a block but its floating-point scales may hold any bits: codes, small integer scales, signs.
/// So a block is random bytes in which the scales are set. How widely the elements of a format spread with a
/// scale of 1 is found by decoding a sample with the format's definition.
final class BlockRecipe {

    /// Where the scales of a block are.
    ///
    /// @param scaleAt byte offset of the f16 scale
    /// @param offsetAt byte offset of the f16 that is added or subtracted, or -1
    /// @param offset that number in units of the scale: it puts the mean of the elements at zero
    private record Fields(int scaleAt, int offsetAt, float offset) {}

    private static final int SAMPLE_BYTES = 1 << 16;

    private final TensorType type;
    private final Fields fields;
    private final float scale;

    /// @param deviation standard deviation that the elements shall have
    BlockRecipe(TensorType type, double deviation) {
        this.type = type;
        this.fields = fields(type);
        this.scale = (float) (deviation / deviationOfUnitScale(type, fields));
    }

    /// The types that can be written: all that are made of random bits and f16 scales, floats, and MXFP4.
    static boolean supports(TensorType type) {
        return switch (type) {
            case F32, F16, BF16, MXFP4, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS ->
                true;
            case IQ1_S, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, TQ1_0, TQ2_0, Q1_0, Q2_0 -> true;
            default -> false;
        };
    }

    private static Fields fields(TensorType type) {
        return switch (type) {
            case Q4_0, Q5_0, Q8_0, Q1_0, Q2_0, IQ4_NL, IQ4_XS, IQ1_S, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S ->
                new Fields(0, -1, 0);
            case Q4_1 -> new Fields(0, 2, -7.5f);
            case Q5_1 -> new Fields(0, 2, -15.5f);
            case Q2_K -> new Fields(80, 82, 1.5f);
            case Q3_K -> new Fields(108, -1, 0);
            case Q4_K -> new Fields(0, 2, 7.5f);
            case Q5_K -> new Fields(0, 2, 15.5f);
            case Q6_K -> new Fields(208, -1, 0);
            case TQ1_0 -> new Fields(52, -1, 0);
            case TQ2_0 -> new Fields(64, -1, 0);
            default -> new Fields(-1, -1, 0);
        };
    }

    private static double deviationOfUnitScale(TensorType type, Fields fields) {
        if (!type.isBlocked()) {
            return 1;
        }
        int blocks = SAMPLE_BYTES / type.blockBytes();
        int elements = blocks * type.blockElements();
        byte[] bytes = new byte[blocks * type.blockBytes()];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        RandomBits.fill(buffer, 0, bytes.length, 1);
        for (int at = 0; at < bytes.length; at += type.blockBytes()) {
            finishBlock(type, fields, buffer, at, 1);
        }
        BlockFormat format = Formats.of(type);
        float[] decoded = new float[elements];
        format.decodePlainly(MemorySegment.ofArray(bytes), 0, elements, decoded, 0);
        double squares = 0;
        for (float value : decoded) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / elements);
    }

    /// Makes blocks.
    ///
    /// @param out little endian
    /// @param bytes a whole number of blocks
    /// @param seed of this piece; the same seed gives the same bytes
    void fill(ByteBuffer out, int from, int bytes, long seed) {
        RandomBits.fill(out, from, bytes, seed);
        for (int at = from; at < from + bytes; at += type.blockBytes()) {
            if (type.isBlocked()) {
                // A quarter more or less, by bits of a code, so that no two neighbours have the same scale.
                float factor = 1 + (out.get(at + 4) & 0xFF) / 512f - 0.25f;
                finishBlock(type, fields, out, at, scale * factor);
            } else {
                finishFloat(out, at);
            }
        }
    }

    private static void finishBlock(TensorType type, Fields fields, ByteBuffer out, int at, float scale) {
        if (type == TensorType.MXFP4) {
            out.put(at, (byte) (127 + Math.getExponent(scale)));
            return;
        }
        out.putShort(at + fields.scaleAt, Float.floatToFloat16(scale));
        if (fields.offsetAt >= 0) {
            out.putShort(at + fields.offsetAt, Float.floatToFloat16(scale * fields.offset));
        }
        if (type == TensorType.Q8_0) {
            // Encoders do not make the code -128.
            for (int i = at + 2; i < at + 34; i++) {
                out.put(i, (byte) Math.max(out.get(i), -127));
            }
        }
    }

    /// Replaces random bits by a number with a triangular distribution.
    private void finishFloat(ByteBuffer out, int at) {
        if (type == TensorType.F32) {
            int bits = out.getInt(at);
            out.putFloat(at, triangular((bits & 0xFFFF) + (bits >>> 16), 65535));
        } else {
            int bits = out.getShort(at);
            float value = triangular((bits & 0xFF) + (bits >>> 8 & 0xFF), 255);
            boolean half = type == TensorType.F16;
            out.putShort(at, half ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >>> 16));
        }
    }

    /// @param sum of two uniform integers from 0 to `most`
    private float triangular(int sum, int most) {
        return (sum - most) * (scale * SQRT_6 / most);
    }

    private static final float SQRT_6 = (float) Math.sqrt(6);
}
