package io.peregrine.kernels.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The definitions against the floats that the reference implementation decodes (see `quant/README.md`).
class ScalarDecoderTest {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static Stream<TensorType> weights() {
        return Arrays.stream(TensorType.values()).filter(type -> switch (type) {
            case Q8_1, Q8_K, I8, I16, I32, I64, F64 -> false;
            default -> true;
        });
    }

    @ParameterizedTest
    @MethodSource("weights")
    void equalsTheReferenceBitForBit(TensorType type) throws IOException {
        String name = type.name().toLowerCase(Locale.ROOT).replaceFirst("_k$", "_K");
        MemorySegment blocks = resource("/quant/" + name + ".blocks");
        MemorySegment expected = resource("/quant/" + name + ".f32");
        assertEquals(4 * 1024, expected.byteSize());
        assertEquals(type.rowBytes(1024), blocks.byteSize());
        float[] out = new float[1024];
        ScalarDecoder.of(type).decode(blocks, 0, 1024 / type.blockElements(), out, 0);
        for (int i = 0; i < 1024; i++) {
            assertEquals(expected.get(INT, 4L * i), Float.floatToRawIntBits(out[i]), type + " element " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"Q8_1", "Q8_K", "I8", "I16", "I32", "I64", "F64"})
    void refusesWhatIsNotWeights(TensorType type) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> ScalarDecoder.of(type));
        assertEquals(type + " is not a storage format of weights", e.getMessage());
    }

    /// The digests are those of the tables of `ggml-org/ggml : src/ggml-common.h`, their bytes in memory order.
    @ParameterizedTest
    @CsvSource({
        "IQ1, 16384, 07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a",
        "IQ2_XXS, 2048, 05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54",
        "IQ2_XS, 4096, 06e47aaca60b4dc1d9b5a3f34540437058a6b142b4d7a59d5ded769b4d1bf1de",
        "IQ2_S, 8192, e1aa1473412b0552c2174c30ef22ab4073f6a181b85a17056e8249bd2932fd88",
        "IQ3_XXS, 1024, 46e35f5a997efdee6c99ce57854c8a0d4f0ff8ca57e5e8a60c0793ea580acf5d",
        "IQ3_S, 2048, bd1af4945a1717c65610b0284e4628b9a1ba3b306fae3a06f6e5f597356e349f"
    })
    void codeBookIsWhole(String name, int bytes, String digest) throws Exception {
        byte[] points = (byte[]) Grids.class.getDeclaredField(name).get(null);
        assertEquals(bytes, points.length);
        byte[] actual = MessageDigest.getInstance("SHA-256").digest(points);
        assertEquals(digest, HexFormat.of().formatHex(actual));
    }

    private static MemorySegment resource(String name) throws IOException {
        try (InputStream in = ScalarDecoderTest.class.getResourceAsStream(name)) {
            return MemorySegment.ofArray(in.readAllBytes());
        }
    }
}
