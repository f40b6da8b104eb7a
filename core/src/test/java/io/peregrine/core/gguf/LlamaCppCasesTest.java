package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The cases of llama.cpp's own reader test under their names there (`ggml-org/llama.cpp :
/// tests/test-gguf.cpp`), each file made again by hand, with our decision.
///
/// Decisions that differ: the TENSORS cases that it accepts have no data, since it reads infos alone there;
/// we never do, so they are refused, and their DATA twins accepted.
class LlamaCppCasesTest {

    /// A file of theirs.
    ///
    /// @param type the exception expected, or null if the file is good
    private record Case(
            String name, byte[] bytes, @Nullable Class<? extends PeregrineException> type, String message) {}

    private static final int ACTIVE_CASES = 33;

    private static final String TYPES =
            Arrays.stream(TensorType.values()).map(TensorType::toString).collect(Collectors.joining(", "));

    @TempDir
    Path directory;

    private static Case malformed(String name, GgufBytes file, String message) {
        return new Case(name, file.toBytes(), ModelFormatException.class, message);
    }

    private static Case unsupported(String name, GgufBytes file, String message) {
        return new Case(name, file.toBytes(), UnsupportedModelException.class, message);
    }

    private static Case accepted(String name, GgufBytes file) {
        return new Case(name, file.toBytes(), null, "");
    }

    private static GgufBytes version(long version) {
        return new GgufBytes().text("GGUF").u32(version).u64(0).u64(0);
    }

    private static GgufBytes keys(long tensors, boolean alignment) {
        return GgufBytes.header(tensors, alignment ? 3 : 2)
                .uint32("my_key_0", 7)
                .key("my_key_1", GgufType.STRING)
                .string("text");
    }

    private static GgufBytes aligned(long tensors, GgufType type, long alignment) {
        return keys(tensors, true).key("general.alignment", type).u32(alignment);
    }

    /// Two tensors laid out for an alignment; the infos begin at byte 93, or 126 where the alignment is a
    /// key.
    private static GgufBytes tensors(GgufBytes head, int alignment) {
        long second = Math.ceilDiv(20L, alignment) * alignment;
        return head.tensor("my_tensor_0", BadFiles.F32, 0, 5)
                .tensor("my_tensor_1", BadFiles.I8, second, 3, 2)
                .pad(alignment);
    }

    /// As many bytes of data as they need, each its offset.
    private static GgufBytes data(GgufBytes head, int alignment, int missing) {
        int bytes = Math.ceilDiv(20, alignment) * alignment + 6;
        for (int i = 0; i < bytes - missing; i++) {
            head.u8(i);
        }
        return head;
    }

    private static List<Case> headerCases() {
        return List.of(
                malformed(
                        "HEADER_BAD_MAGIC",
                        new GgufBytes().text("FUGG").u32(3).u64(0).u64(0),
                        "magic at byte 0: found \"FUGG\", expected \"GGUF\"; is this a GGUF file?"),
                unsupported(
                        "HEADER_BAD_VERSION_0",
                        version(0),
                        "GGUF version 0 is not supported; supported: versions 2 and 3"),
                unsupported(
                        "HEADER_BAD_VERSION_1",
                        version(1),
                        "GGUF version 1 is not supported; supported: versions 2 and 3"),
                unsupported(
                        "HEADER_BAD_VERSION_FUTURE",
                        version(4),
                        "GGUF version 4 is not supported; supported: versions 2 and 3"),
                malformed(
                        "HEADER_BAD_N_KV",
                        GgufBytes.header(0, -1).pad(32),
                        "key count at byte 16: found 18446744073709551615, expected at most 0 in the 8 bytes that"
                                + " follow; is the download complete?"),
                malformed(
                        "HEADER_BAD_N_TENSORS",
                        GgufBytes.header(-1, 0).pad(32),
                        "tensor count at byte 8: found 18446744073709551615, expected at most 0 in the 16 bytes that"
                                + " follow; is the download complete?"),
                accepted("HEADER_EMPTY", GgufBytes.header(0, 0).pad(32)));
    }

    private static List<Case> keyCases() {
        return List.of(
                malformed(
                        "KV_BAD_KEY_SIZE",
                        GgufBytes.header(0, 1).u64(-1).text("my_key_0").u32(0).u32(0),
                        "key 0, name length at byte 24: found 18446744073709551615, expected at most 16 in the 16 bytes"
                                + " that follow; is the download complete?"),
                malformed(
                        "KV_EMPTY_KEY",
                        GgufBytes.header(0, 1).uint32("", 7),
                        "key 0, name at byte 24: found an empty name, expected at least one byte"),
                malformed(
                        "KV_BAD_TYPE",
                        GgufBytes.header(0, 1).string("my_key_0").u32(13).u8(0),
                        "key my_key_0, value type at byte 40: found 13, expected a type from 0 to 12"),
                malformed(
                        "KV_DUPLICATE_KEY",
                        GgufBytes.header(0, 2).uint32("my_key_0", 7).uint32("my_key_0", 7),
                        "key my_key_0, name at byte 48: found the same key as at byte 24, expected each key once"),
                malformed(
                        "KV_BAD_ALIGN",
                        aligned(0, GgufType.UINT32, 13),
                        "key general.alignment at byte 80: found 13, expected a power of two from 1 to 1048576"),
                malformed(
                        "KV_WRONG_TYPE_ALIGN",
                        aligned(0, GgufType.INT32, 13),
                        "key general.alignment at byte 80: found int32, expected uint32"),
                accepted("KV_SUCCESS", keys(0, false).pad(32)));
    }

    private static List<Case> tensorCases() {
        String noData = ": found a file of %d bytes, expected %d up to the end of tensor my_tensor_1; is the"
                + " download complete?";
        long side = 1_518_500_249L + 64; // Its square is above 2^63 / 8 and below 2^63.
        return List.of(
                new Case(
                        "TENSORS_BAD_NAME_SIZE",
                        keys(1, false)
                                .tensor("my_tensor_0" + "x".repeat(53), BadFiles.I8, 0, 1)
                                .toBytes(),
                        ResourceLimitException.class,
                        "tensor 0, name length at byte 80: 64 exceeds the limit of 63; if you trust the file, raise"
                                + " GgufLimits.tensorNameBytes"),
                malformed(
                        "TENSORS_BAD_N_DIMS",
                        keys(1, false).tensor("my_tensor_0", BadFiles.I8, 0, 1, 1, 1, 1, 1),
                        "tensor my_tensor_0, number of dimensions at byte 99: found 5, expected at most 4"),
                malformed(
                        "TENSORS_BAD_SHAPE",
                        keys(1, false).tensor("my_tensor_0", BadFiles.I8, 0, -1),
                        "tensor my_tensor_0, dimension 0 at byte 103: found 18446744073709551615, expected at most"
                                + " 9223372036854775807"),
                accepted(
                        "TENSORS_ZERO_DIM",
                        keys(2, false)
                                .tensor("my_tensor_0", BadFiles.F32, 0, 5, 0)
                                .tensor("my_tensor_1", BadFiles.I8, 0, 3, 0)
                                .pad(32)),
                malformed(
                        "TENSORS_NE_TOO_BIG",
                        keys(1, false).tensor("my_tensor_0", BadFiles.I8, 0, 8_589_934_588L, 8_589_934_588L),
                        "tensor my_tensor_0, info at byte 80: found shape [8589934588, 8589934588], expected fewer than"
                                + " 2^63 elements"),
                malformed(
                        "TENSORS_NBYTES_TOO_BIG",
                        keys(1, false).tensor("my_tensor_0", BadFiles.I64, 0, side, side),
                        "tensor my_tensor_0, info at byte 80: found shape [1518500313, 1518500313] of I64, expected"
                                + " fewer than 2^63 bytes"),
                unsupported(
                        "TENSORS_BAD_TYPE",
                        keys(1, false).tensor("my_tensor_0", 43, 0, 1),
                        "tensor my_tensor_0, type at byte 111: tensor type 43 is not supported; supported: " + TYPES),
                malformed(
                        "TENSORS_BAD_OFFSET",
                        keys(1, false).tensor("my_tensor_0", BadFiles.I8, -1, 1),
                        "tensor my_tensor_0, data offset at byte 115: found 18446744073709551615, expected 0, the start"
                                + " of the data"),
                malformed(
                        "TENSORS_DUPLICATE_NAME",
                        keys(2, false).tensor("my_tensor", BadFiles.I8, 0, 1).tensor("my_tensor", BadFiles.I8, 32, 1),
                        "tensor my_tensor, name at byte 121: found the same name as at byte 80, expected each name"
                                + " once"),
                malformed(
                        "TENSORS_BAD_ALIGN",
                        tensors(aligned(2, GgufType.UINT32, 13), 13),
                        "key general.alignment at byte 80: found 13, expected a power of two from 1 to 1048576"),
                malformed(
                        "TENSORS_INCONSISTENT_ALIGN",
                        tensors(keys(2, false), 1),
                        "tensor my_tensor_1, data offset at byte 166: found 20, expected 32, the end of the tensor"
                                + " before it, padded to 32"),
                malformed(
                        "TENSORS_SUCCESS",
                        tensors(keys(2, false), 32),
                        "tensor data at byte 192" + String.format(noData, 192, 192 + 38)),
                malformed(
                        "TENSORS_CUSTOM_ALIGN",
                        tensors(aligned(2, GgufType.UINT32, 1), 1),
                        "tensor data at byte 207" + String.format(noData, 207, 207 + 26)));
    }

    private static List<Case> dataCases() {
        return List.of(
                malformed(
                        "DATA_NOT_ENOUGH_DATA",
                        data(tensors(keys(2, false), 32), 32, 1),
                        "tensor data at byte 192: found a file of 229 bytes, expected 230 up to the end of tensor"
                                + " my_tensor_1; is the download complete?"),
                malformed(
                        "DATA_BAD_ALIGN",
                        data(tensors(aligned(2, GgufType.UINT32, 13), 13), 13, 0),
                        "key general.alignment at byte 80: found 13, expected a power of two from 1 to 1048576"),
                malformed(
                        "DATA_INCONSISTENT_ALIGN",
                        data(tensors(keys(2, false), 1), 1, 0),
                        "tensor my_tensor_1, data offset at byte 166: found 20, expected 32, the end of the tensor"
                                + " before it, padded to 32"),
                malformed(
                        "DATA_MEM_SIZE_OVERFLOW",
                        keys(2, false)
                                .tensor("my_tensor_0", BadFiles.I8, 0, Long.MAX_VALUE - 63)
                                .tensor("my_tensor_1", BadFiles.I8, Long.MAX_VALUE - 63, Long.MAX_VALUE - 63)
                                .pad(32)
                                .zeros(32),
                        "tensor my_tensor_1, info at byte 123: found 9223372036854775744 bytes after"
                                + " 9223372036854775744 of other tensors, expected at most 2^63 bytes together"),
                accepted("DATA_SUCCESS", data(tensors(keys(2, false), 32), 32, 0)),
                accepted("DATA_CUSTOM_ALIGN", data(tensors(aligned(2, GgufType.UINT32, 1), 1), 1, 0)));
    }

    private static List<Case> cases() {
        return Stream.of(headerCases(), keyCases(), tensorCases(), dataCases())
                .flatMap(List::stream)
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> upstreamCase() {
        return cases().stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> run(c)));
    }

    @Test
    void everyActiveCaseOfUpstream_isHere() {
        assertEquals(ACTIVE_CASES, cases().stream().map(Case::name).distinct().count());
    }

    private void run(Case c) throws IOException {
        Class<? extends PeregrineException> type = c.type();
        if (type != null) {
            new Rejection(directory).assertFails(c.bytes(), type, c.message());
            return;
        }
        Path path = Files.write(directory.resolve(c.name() + ".gguf"), c.bytes());
        try (GgufFile file = GgufFile.open(path)) {
            assertEquals(List.of(), file.warnings());
            if (file.metadata().has("my_key_0")) {
                assertEquals(7, file.metadata().integer("my_key_0", 0, 10));
                assertEquals("text", file.metadata().string("my_key_1"));
            }
            int offset = 0;
            int alignment = file.metadata().integer("general.alignment", 32, 1, 32);
            for (Tensor tensor : file.tensors().values()) {
                byte[] expected = new byte[(int) tensor.data().byteSize()];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = (byte) (offset + i);
                }
                assertArrayEquals(expected, tensor.data().toArray(ValueLayout.JAVA_BYTE), tensor.name());
                offset += Math.ceilDiv(expected.length, alignment) * alignment;
            }
        }
    }
}
