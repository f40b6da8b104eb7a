package io.peregrine.kernels.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The encoders against the reference implementation (see `quant/README.md`), their roundings and their extremes.
@Tag("facade")
class EncoderTest {

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16", "Q4_0", "Q8_0"})
    void whatTheReferenceDecodes_encodesToItsBlocks(TensorType type) throws IOException {
        String name = type.name().toLowerCase(Locale.ROOT);
        byte[] blocks = resource(name + ".blocks");
        float[] x = new float[1030];
        System.arraycopy(floats(name + ".f32"), 0, x, 6, 1024);
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

    /// The steepest code is the lowest, whichever sign the largest weight has.
    @ParameterizedTest
    @ValueSource(floats = {1, -1})
    void q4_0_holdsTheLargestWeightOfEitherSign(float sign) {
        float[] codes = {-8, 7, 3, -3, 1, -7, 6};
        float[] x = new float[32];
        for (int i = 0; i < codes.length; i++) {
            codes[i] *= sign;
            x[i] = codes[i];
        }
        assertCodes(TensorType.Q4_0, x, codes);
    }

    private static void assertCodes(TensorType type, float[] x, float... expected) {
        byte[] bytes = new byte[type.blockBytes()];
        Encoder.encode(type, x, 0, 32, MemorySegment.ofArray(bytes), 0);
        float[] out = new float[32];
        Formats.of(type).decode(MemorySegment.ofArray(bytes), 0, 32, out, 0);
        assertArrayEquals(Arrays.copyOf(expected, 32), out, 0);
    }

    static List<TensorType> encoded() {
        return Arrays.stream(TensorType.values()).filter(Encoder::supports).toList();
    }

    /// What the reference quantiser (`ggml_quantize_chunk`, without an importance matrix) leaves of the fixtures'
    /// floats, as root of the mean square relative to that of the data: on `f32.f32` and on `f16.f32`.
    private static double[] referenceErrors(TensorType type) {
        return switch (type) {
            case F32 -> new double[] {0, 0};
            case F16 -> new double[] {0.0002267, 0};
            case BF16 -> new double[] {0.0016654, 0.0017634};
            case Q8_0 -> new double[] {0.0098293, 0.0090609};
            case Q4_0 -> new double[] {0.1505217, 0.1432918};
            case Q4_1 -> new double[] {0.1015476, 0.0976688};
            case Q5_0 -> new double[] {0.0735545, 0.0723237};
            case Q5_1 -> new double[] {0.0494206, 0.0481584};
            case Q4_K -> new double[] {0.0953811, 0.0930272};
            case Q5_K -> new double[] {0.0492390, 0.0472511};
            case Q6_K -> new double[] {0.0289258, 0.0256877};
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void error_isNotAboveTheReferenceQuantisers(TensorType type, TestReporter reporter) throws IOException {
        double[] reference = referenceErrors(type);
        for (int data = 0; data < 2; data++) {
            float[] x = floats(data == 0 ? "f32.f32" : "f16.f32");
            double error = error(x, encodedAndDecoded(type, x));
            String figures = type + " " + error + ", reference " + reference[data];
            reporter.publishEntry("relative RMS error", figures);
            assertTrue(error <= reference[data], figures);
        }
    }

    private static double error(float[] x, float[] y) {
        double squares = 0;
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            squares += (double) x[i] * x[i];
            sum += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
        }
        return Math.sqrt(sum / squares);
    }

    private static float[] encodedAndDecoded(TensorType type, float[] x) {
        byte[] bytes = new byte[(int) type.rowBytes(x.length)];
        Encoder.encode(type, x, 0, x.length, MemorySegment.ofArray(bytes), 0);
        float[] y = new float[x.length];
        Formats.of(type).decode(MemorySegment.ofArray(bytes), 0, x.length, y, 0);
        return y;
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void zerosStayZeros(TensorType type) {
        assertArrayEquals(new float[512], encodedAndDecoded(type, new float[512]), 0);
    }

    /// A group of one value needs one code only: what is left is the rounding of a scale.
    @ParameterizedTest
    @MethodSource("encoded")
    void constants_keepTheirValue(TensorType type) {
        for (float value : new float[] {1, -1, 0.0317f, -7000, 60_000, -60_000}) {
            float[] x = new float[256];
            Arrays.fill(x, value);
            for (float y : encodedAndDecoded(type, x)) {
                assertEquals(value, y, Math.abs(value) * 0.004, type + " of " + value);
            }
        }
    }

    /// Weights smaller than a float of 16 bits, or than a normal float, become zeros or something as small.
    @ParameterizedTest
    @MethodSource("encoded")
    void tinyWeights_stayTiny(TensorType type) {
        for (float size : new float[] {1e-5f, 1e-6f, 1e-8f, 1e-30f, Float.MIN_NORMAL, Float.MIN_VALUE}) {
            float[] x = new float[256];
            for (int i = 0; i < 256; i++) {
                x[i] = (i % 7 - 3) * size;
            }
            float[] y = encodedAndDecoded(type, x);
            for (int i = 0; i < 256; i++) {
                assertEquals(x[i], y[i], Math.max(0x1p-23f, 4 * size), type + " of " + size);
            }
        }
    }

    /// One weight a million times larger than the others of its row: it keeps its value, and blocks without it theirs.
    @ParameterizedTest
    @MethodSource("encoded")
    void outlier_harmsItsOwnBlockOnly(TensorType type) {
        float[] x = new float[512];
        Random random = new Random(5);
        for (int i = 0; i < 512; i++) {
            x[i] = (float) (0.02 * random.nextGaussian());
        }
        float[] before = encodedAndDecoded(type, x);
        for (float outlier : new float[] {20_000, -20_000}) {
            x[300] = outlier;
            float[] y = encodedAndDecoded(type, x);
            assertEquals(outlier, y[300], 0.01 * 20_000);
            assertArrayEquals(Arrays.copyOf(before, 256), Arrays.copyOf(y, 256), 0);
            for (int i = 256; i < 512; i++) {
                assertTrue(i == 300 || Math.abs(y[i]) <= 20_000 / 7.0, type + ": " + y[i]);
            }
        }
    }

    /// What a format can hold exactly comes back: weights that were quantised before lose nothing the second time.
    @ParameterizedTest
    @MethodSource("encoded")
    void secondEncoding_losesLittle(TensorType type) throws IOException {
        float[] x = encodedAndDecoded(type, floats("f32.f32"));
        double error = error(x, encodedAndDecoded(type, x));
        assertTrue(error <= 0.3 * referenceErrors(type)[0], type + " " + error);
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void encode_anyOffset_sameBytesAndNothingElse(TensorType type) throws IOException {
        float[] x = floats("f32.f32");
        int size = (int) type.rowBytes(512);
        byte[] expected = new byte[size];
        Encoder.encode(type, x, 256, 512, MemorySegment.ofArray(expected), 0);
        float[] shifted = new float[800];
        System.arraycopy(x, 256, shifted, 77, 512);
        byte[] guarded = new byte[size + 8];
        Arrays.fill(guarded, (byte) 0x5A);
        Encoder.encode(type, shifted, 77, 512, MemorySegment.ofArray(guarded), 5);
        for (int i = 0; i < guarded.length; i++) {
            boolean inside = i >= 5 && i < 5 + size;
            assertEquals(inside ? expected[i - 5] : 0x5A, guarded[i], type + " byte " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void firstUnfit_findsWhatTheTypeCannotHold(TensorType type) {
        float[] x = new float[300];
        assertEquals(-1, Encoder.firstUnfit(type, x, 0, 300));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            x[280] = bad;
            assertEquals(280, Encoder.firstUnfit(type, x, 20, 280));
            assertEquals(-1, Encoder.firstUnfit(type, x, 0, 280));
            assertEquals(-1, Encoder.firstUnfit(type, x, 281, 19));
        }
        float limit = type == TensorType.F32 ? Float.MAX_VALUE : type == TensorType.BF16 ? 0x1.FEFFFEp127f : 65519.996f;
        x[280] = -limit;
        assertEquals(-1, Encoder.firstUnfit(type, x, 0, 300));
        Arrays.fill(x, 0, 256, -limit);
        for (float y : encodedAndDecoded(type, Arrays.copyOf(x, 256))) {
            assertEquals(-limit, y, 0.004 * limit);
        }
        x[280] = Math.nextUp(limit);
        assertEquals(280, Encoder.firstUnfit(type, x, 260, 40));
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void encode_beyondEitherEnd_isRefusedAndWritesNothing(TensorType type) {
        byte[] bytes = new byte[(int) type.rowBytes(256)];
        MemorySegment out = MemorySegment.ofArray(bytes);
        float[] x = new float[256];
        Arrays.fill(x, 1);
        assertThrows(IndexOutOfBoundsException.class, () -> Encoder.encode(type, x, 1, 256, out, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> Encoder.encode(type, x, -1, 256, out, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> Encoder.encode(type, x, 0, 256, out, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> Encoder.encode(type, x, 0, 256, out, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> Encoder.encode(type, x, 0, -256, out, 0));
        assertArrayEquals(new byte[bytes.length], bytes);
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
                        TensorType.IQ4_XS, new float[256], 0, 256, MemorySegment.ofArray(new byte[136]), 0));
        assertEquals("no encoder for IQ4_XS", e.getMessage());
    }

    private static float[] floats(String name) throws IOException {
        byte[] bytes = resource(name);
        float[] x = new float[bytes.length / 4];
        Formats.of(TensorType.F32).decode(MemorySegment.ofArray(bytes), 0, x.length, x, 0);
        return x;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = EncoderTest.class.getResourceAsStream("/quant/" + name)) {
            return in.readAllBytes();
        }
    }
}
