package io.peregrine.kernels.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The encoders against the blocks of the reference implementation (see `quant/README.md`), and their roundings.
class EncoderTest {

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16", "Q4_0", "Q8_0"})
    void whatTheReferenceDecodes_encodesToItsBlocks(TensorType type) throws IOException {
        String name = type.name().toLowerCase(Locale.ROOT);
        byte[] blocks = resource(name + ".blocks");
        float[] x = new float[1030];
        Formats.of(TensorType.F32).decode(MemorySegment.ofArray(resource(name + ".f32")), 0, 1024, x, 6);
        byte[] actual = new byte[5 + blocks.length + 3];
        Encoder.encode(type, x, 6, 1024, MemorySegment.ofArray(actual), 5);
        byte[] expected = new byte[actual.length];
        System.arraycopy(blocks, 0, expected, 5, blocks.length);
        assertArrayEquals(expected, actual);
    }

    @Test
    void q8_0_roundsTiesAwayFromZero() {
        float[] x = new float[32];
        float[] codes = {127, 0.5f, -0.5f, 1.5f, -2.5f, 0.49999997f, 126.4f};
        System.arraycopy(codes, 0, x, 0, codes.length);
        assertCodes(TensorType.Q8_0, x, 127, 1, -1, 2, -3, 0, 126);
    }

    @Test
    void q4_0_keepsTheSignOfTheExtremeAndClipsTheOtherEnd() {
        float[] x = new float[32];
        float[] codes = {8, 7.6f, -8, -7.4f, 0.5f, -0.5f};
        System.arraycopy(codes, 0, x, 0, codes.length);
        assertCodes(TensorType.Q4_0, x, 8, 8, -7, -7, 0, -1);
    }

    private static void assertCodes(TensorType type, float[] x, float... expected) {
        byte[] bytes = new byte[type.blockBytes()];
        Encoder.encode(type, x, 0, 32, MemorySegment.ofArray(bytes), 0);
        float[] out = new float[32];
        Formats.of(type).decode(MemorySegment.ofArray(bytes), 0, 32, out, 0);
        assertArrayEquals(Arrays.copyOf(expected, 32), out, 0);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16", "Q4_0", "Q8_0"})
    void zerosStayZeros(TensorType type) {
        byte[] bytes = new byte[(int) type.rowBytes(64)];
        Encoder.encode(type, new float[64], 0, 64, MemorySegment.ofArray(bytes), 0);
        float[] out = new float[64];
        Formats.of(type).decode(MemorySegment.ofArray(bytes), 0, 64, out, 0);
        assertArrayEquals(new float[64], out, 0);
    }

    @Test
    void bf16_roundsToTheNearestAndTiesToEven() {
        float[] x = {
            Float.intBitsToFloat(0x3F80_8000),
            Float.intBitsToFloat(0x3F81_8000),
            Float.intBitsToFloat(0x3F80_8001),
            Float.intBitsToFloat(0x7F80_0001),
            Float.NEGATIVE_INFINITY
        };
        byte[] bytes = new byte[10];
        Encoder.encode(TensorType.BF16, x, 0, 5, MemorySegment.ofArray(bytes), 0);
        float[] out = new float[5];
        Formats.of(TensorType.BF16).decode(MemorySegment.ofArray(bytes), 0, 5, out, 0);
        assertArrayEquals(
                new float[] {1, 0x1.04p0f, 0x1.02p0f, Float.NaN, Float.NEGATIVE_INFINITY}, out, 0);
    }

    @Test
    void otherTypes_areRefused() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Encoder.encode(
                        TensorType.Q4_K, new float[256], 0, 256, MemorySegment.ofArray(new byte[144]), 0));
        assertEquals("no encoder for Q4_K", e.getMessage());
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = EncoderTest.class.getResourceAsStream("/quant/" + name)) {
            return in.readAllBytes();
        }
    }
}
