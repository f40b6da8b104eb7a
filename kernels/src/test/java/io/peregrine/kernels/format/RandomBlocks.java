package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/// Encoded blocks of every format with arbitrary codes and chosen scales.
public final class RandomBlocks {

    /// What the blocks hold.
    public enum Fill {
        /// Random codes, scales of either sign so that elements are of the order of 1.
        NORMAL,
        /// All bits of the codes 0, scales as [#NORMAL].
        ALL_MIN,
        /// All bits of the codes 1, scales as [#NORMAL].
        ALL_MAX,
        /// Random codes, scales +0 and -0.
        ZERO,
        /// Random codes, subnormal scales.
        SUBNORMAL,
        /// Random codes, infinite scales.
        INFINITE,
        /// Random codes, scales that are not numbers.
        NAN,
        /// Random bits everywhere.
        NOISE
    }

    private RandomBlocks() {}

    /// `blocks` blocks of a type, the same for the same seed.
    public static byte[] of(TensorType type, int blocks, Fill fill, long seed) {
        Random random = new Random(seed * 31 + type.ordinal());
        byte[] bytes = new byte[blocks * type.blockBytes()];
        random.nextBytes(bytes);
        if (fill == Fill.ALL_MIN || fill == Fill.ALL_MAX) {
            Arrays.fill(bytes, (byte) (fill == Fill.ALL_MIN ? 0 : -1));
        }
        if (fill == Fill.NOISE) {
            return bytes;
        }
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int b = 0; b < blocks; b++) {
            scales(type, fill, data, b * type.blockBytes(), random);
        }
        return bytes;
    }

    private static void scales(TensorType type, Fill fill, ByteBuffer data, int at, Random random) {
        float size = elementSize(type);
        switch (type) {
            case F32 -> data.putFloat(at, value(fill, size, random, Float.MIN_VALUE * 1000));
            case BF16 ->
                data.putShort(at, (short) (Float.floatToRawIntBits(value(fill, size, random, 0x1p-130f)) >>> 16));
            case F16, Q1_0, Q2_0, Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS, IQ1_S, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S ->
                half(fill, size, data, at, random);
            case Q4_1, Q5_1, Q4_K, Q5_K -> {
                half(fill, size, data, at, random);
                half(fill, size, data, at + 2, random);
            }
            case Q2_K -> {
                half(fill, size, data, at + 80, random);
                half(fill, size, data, at + 82, random);
            }
            case Q3_K -> half(fill, size, data, at + 108, random);
            case Q6_K -> half(fill, size, data, at + 208, random);
            case TQ1_0 -> half(fill, size, data, at + 52, random);
            case TQ2_0 -> half(fill, size, data, at + 64, random);
            case IQ1_M -> nibbles(fill, size, data, at + 48, random);
            case MXFP4 ->
                data.put(at, (byte) switch (fill) {
                    case ZERO, SUBNORMAL -> random.nextInt(3);
                    case INFINITE, NAN -> 255 - random.nextInt(2);
                    default -> 124 + random.nextInt(3);
                });
            case NVFP4 -> {
                for (int i = 0; i < 4; i++) {
                    data.put(at + i, (byte) switch (fill) {
                        case ZERO -> 0;
                        case SUBNORMAL -> random.nextInt(8);
                        case INFINITE, NAN -> 0x7F;
                        default -> 40 + random.nextInt(16);
                    });
                }
            }
            case Q8_1, Q8_K, I8, I16, I32, I64, F64 -> throw new IllegalArgumentException(type + " is no format");
        }
    }

    /// A scale that makes elements of the order of 1.
    private static float elementSize(TensorType type) {
        return switch (type) {
            case F32, F16, BF16, Q1_0, Q2_0, TQ1_0, TQ2_0 -> 1f;
            case Q4_0, Q4_1 -> 0.2f;
            case Q5_0, Q5_1 -> 0.1f;
            case Q8_0, IQ4_NL -> 0.01f;
            case Q2_K -> 0.1f;
            case Q3_K, IQ1_S, IQ1_M, IQ3_S -> 0.02f;
            case Q4_K, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS -> 0.005f;
            default -> 0.001f;
        };
    }

    private static void half(Fill fill, float size, ByteBuffer data, int at, Random random) {
        data.putShort(at, bits(fill, size, random));
    }

    private static void nibbles(Fill fill, float size, ByteBuffer data, int at, Random random) {
        int bits = bits(fill, size, random);
        for (int i = 0; i < 4; i++) {
            int word = data.getShort(at + 2 * i) & 0x0FFF;
            data.putShort(at + 2 * i, (short) (word | (bits >>> 4 * i & 15) << 12));
        }
    }

    private static short bits(Fill fill, float size, Random random) {
        return Float.floatToFloat16(value(fill, size, random, 0x1p-20f));
    }

    private static float value(Fill fill, float size, Random random, float subnormal) {
        float magnitude = switch (fill) {
            case NORMAL, ALL_MIN, ALL_MAX, NOISE -> size * (0.5f + random.nextFloat());
            case ZERO -> 0;
            case SUBNORMAL -> subnormal * (0.5f + random.nextFloat());
            case INFINITE -> Float.POSITIVE_INFINITY;
            case NAN -> Float.NaN;
        };
        return random.nextBoolean() ? magnitude : -magnitude;
    }
}
