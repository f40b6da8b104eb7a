package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rows of the catalogue of bad inputs that concern a GGUF file's structure, with their whole messages.
class GgufCatalogueTest {

    private static final String TYPES =
            Arrays.toString(TensorType.values()).replace("[", "").replace("]", "");

    @TempDir
    Path directory;

    private Rejection rejection;

    @BeforeEach
    void prepare() {
        rejection = new Rejection(directory);
    }

    private void malformed(byte[] bytes, String message) throws IOException {
        rejection.assertFails(bytes, ModelFormatException.class, message);
    }

    private void unsupported(byte[] bytes, String message) throws IOException {
        rejection.assertFails(bytes, UnsupportedModelException.class, message);
    }

    private void limited(byte[] bytes, String message) throws IOException {
        rejection.assertFails(bytes, ResourceLimitException.class, message);
    }

    private GgufFile accepted(byte[] bytes) throws IOException {
        Files.write(rejection.file(), bytes);
        return GgufFile.open(rejection.file());
    }

    @Test
    @DisplayName("1 empty-file")
    void row01_emptyFile() throws IOException {
        malformed(BadFiles.emptyFile(), "header: found 0 bytes, expected at least 24; is the download complete?");
    }

    @Test
    @DisplayName("2 every-truncation")
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void row02_everyTruncation() throws IOException {
        byte[] toy = BadFiles.toy();
        int padding = 32 - 5;
        for (int length = 0; length < toy.length; length++) {
            Files.write(rejection.file(), Arrays.copyOf(toy, length));
            String what = "length " + length;
            boolean whole = length >= toy.length - padding;
            long before = Rejection.allocated();
            openCut(whole, what);
            long allocated = Rejection.allocated() - before;
            assertTrue(allocated < 1 << 20, what + " allocated " + allocated);
            Rejection.assertQuick(() -> openCut(whole, what), what);
        }
    }

    private void openCut(boolean whole, String what) {
        if (whole) {
            GgufFile.open(rejection.file()).close();
        } else {
            assertThrows(ModelFormatException.class, () -> GgufFile.open(rejection.file()), what);
        }
    }

    @DisplayName("3 wrong-magic")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            FUGG       | "FUGG"                                                                                  | is this a GGUF file?
            GGUX       | "GGUX"                                                                                  | is this a GGUF file?
            lmgg       | "lmgg", which looks like a GGML file from before GGUF                                   | CONVERT
            fmgg       | "fmgg", which looks like a GGML file from before GGUF                                   | CONVERT
            tjgg       | "tjgg", which looks like a GGML file from before GGUF                                   | CONVERT
            algg       | "algg", which looks like a LoRA adapter from before GGUF                                | CONVERT
            {"a":1}    | "{"a"", which looks like JSON text                                                      | download the file itself
            %PDF-1.7   | "%PDF"                                                                                  | is this a GGUF file?
            """)
    void row03_wrongMagic(String start, String found, String action) throws IOException {
        String convert = "convert it to GGUF first, or look for a GGUF file of the same model";
        malformed(
                BadFiles.startsWith(start),
                "magic at byte 0: found " + found + ", expected \"GGUF\"; " + action.replace("CONVERT", convert));
    }

    @Test
    @DisplayName("3 wrong-magic: a zip")
    void row03_wrongMagic_zip() throws IOException {
        malformed(
                BadFiles.startsWith("PK\3\4"),
                "magic at byte 0: found \"PK\\u{3}\\u{4}\", which looks like a zip archive, as PyTorch checkpoints are,"
                        + " expected \"GGUF\"; convert it to GGUF first, or look for a GGUF file of the same model");
    }

    @Test
    @DisplayName("3 wrong-magic: a pickle")
    void row03_wrongMagic_pickle() throws IOException {
        malformed(
                BadFiles.startsWith("\u0080\2ab"),
                "magic at byte 0: found \"\\u{80}\\u{2}ab\", which looks like a Python pickle, as old PyTorch"
                        + " checkpoints are, expected \"GGUF\"; convert it to GGUF first, or look for a GGUF file of"
                        + " the same model");
    }

    @Test
    @DisplayName("3 wrong-magic: safetensors")
    void row03_wrongMagic_safetensors() throws IOException {
        malformed(
                BadFiles.safetensors(),
                "magic at byte 0: found \"@\\u{0}\\u{0}\\u{0}\", which looks like a safetensors file, expected"
                        + " \"GGUF\"; convert it to GGUF first, or look for a GGUF file of the same model");
    }

    @Test
    @DisplayName("3 wrong-magic: an HTML page")
    void row03_wrongMagic_html() throws IOException {
        malformed(
                BadFiles.startsWith("<!DOCTYPE html><title>Sign in</title>"),
                "magic at byte 0: found \"<!DO\", which looks like a web page (HTML), expected \"GGUF\"; download the"
                        + " file itself; the address may need a login");
    }

    @Test
    @DisplayName("3 wrong-magic: a Git-LFS pointer")
    void row03_wrongMagic_gitLfsPointer() throws IOException {
        malformed(
                BadFiles.gitLfsPointer(),
                "magic at byte 0: found \"vers\", which looks like a Git-LFS pointer, which stands for the file,"
                        + " expected \"GGUF\"; run `git lfs pull`, or download the file itself");
    }

    @Test
    @DisplayName("3 wrong-magic: a tar")
    void row03_wrongMagic_tar() throws IOException {
        malformed(
                BadFiles.tar(),
                "magic at byte 0: found \"mode\", which looks like a tar archive, expected \"GGUF\"; unpack it first");
    }

    @Test
    @DisplayName("3 wrong-magic: a picture")
    void row03_wrongMagic_png() throws IOException {
        malformed(
                BadFiles.startsWith("\u0089PNG\r\n\u001a\n"),
                "magic at byte 0: found \"\\u{89}PNG\", which looks like a PNG picture, expected \"GGUF\"; give it as"
                        + " the picture, not as the model");
    }

    @Test
    @DisplayName("3 wrong-magic: zeros")
    void row03_wrongMagic_zeros() throws IOException {
        malformed(
                new byte[1000],
                "magic at byte 0: found \"\\u{0}\\u{0}\\u{0}\\u{0}\", which looks like nothing but zeros, expected"
                        + " \"GGUF\"; the download was cut short: repeat it");
    }

    @DisplayName("4 version-0/1/future")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"0", "1", "4", "4294967295"})
    void row04_version(long version) throws IOException {
        unsupported(
                BadFiles.version(version),
                "GGUF version " + version + " is not supported; supported: versions 2 and 3");
    }

    @Test
    @DisplayName("4 version-0/1/future: version 2")
    void row04_version2_isRead() throws IOException {
        try (GgufFile file = accepted(BadFiles.version(2))) {
            assertEquals(2, file.version());
        }
    }

    @Test
    @DisplayName("5 big-endian")
    void row05_bigEndian() throws IOException {
        unsupported(
                BadFiles.bigEndian(),
                "big-endian GGUF (version 3 with its bytes swapped) is not supported; supported: little-endian GGUF");
    }

    @DisplayName("6 tensor-count-max")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"-1, 18446744073709551615", "-9223372036854775808, 9223372036854775808", "3, 3"})
    void row06_tensorCountMax(long count, String shown) throws IOException {
        malformed(
                BadFiles.tensorCount(count),
                "tensor count at byte 8: found " + shown
                        + ", expected at most 2 in the 50 bytes that follow; is the download complete?");
    }

    @Test
    @DisplayName("6 tensor-count-max: tensor count above the limit")
    void row06_tensorCountAboveLimit() throws IOException {
        rejection.assertFails(
                BadFiles.tensorCount(2),
                GgufOptions.DEFAULT.withLimits(new GgufLimits(1, 1, 1, 1, 1, 1, 1)),
                ResourceLimitException.class,
                "tensor count at byte 8: 2 exceeds the limit of 1; if you trust the file, raise GgufLimits.tensors");
    }

    @DisplayName("7 kv-count-max")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"-1, 18446744073709551615", "-9223372036854775808, 9223372036854775808", "4, 4"})
    void row07_kvCountMax(long count, String shown) throws IOException {
        malformed(
                BadFiles.keyCount(count),
                "key count at byte 16: found " + shown
                        + ", expected at most 3 in the 42 bytes that follow; is the download complete?");
    }

    @DisplayName("8 key-length-huge / key-empty / key-bad-utf8")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"-1, 18446744073709551615", "2147483648, 2147483648", "21, 21"})
    void row08_keyLengthHuge(long length, String shown) throws IOException {
        malformed(
                BadFiles.keyLength(length),
                "key 0, name length at byte 24: found " + shown
                        + ", expected at most 20 in the 20 bytes that follow; is the download complete?");
    }

    @Test
    @DisplayName("8 key-length-huge / key-empty / key-bad-utf8: key above the limit")
    void row08_keyAboveLimit() throws IOException {
        limited(
                GgufBytes.header(0, 1).u64(65_537).zeros(65_600).toBytes(),
                "key 0, name length at byte 24: 65537 exceeds the limit of 65536; if you trust the file, raise"
                        + " GgufLimits.keyBytes");
    }

    @Test
    @DisplayName("8 key-length-huge / key-empty / key-bad-utf8: all keys together")
    void row08_keysTogether() throws IOException {
        int each = 8 + 65_000;
        int most = (16 << 20) / each;
        GgufBytes file = GgufBytes.header(0, most + 1L);
        for (int i = 0; i <= most; i++) {
            file.key(String.format("%05d", i) + "x".repeat(64_995), GgufType.UINT8).u8(0);
        }
        limited(
                file.toBytes(),
                "key " + most + ", name at byte " + (24 + most * (each + 5L)) + ": " + (most + 1) * each
                        + " bytes of keys exceeds the limit of 16777216 bytes together; no known model has so many,"
                        + " check where the file comes from");
    }

    @Test
    @DisplayName("8 key-length-huge / key-empty / key-bad-utf8: empty")
    void row08_keyEmpty() throws IOException {
        malformed(BadFiles.keyLength(0), "key 0, name at byte 24: found an empty name, expected at least one byte");
    }

    @Test
    @DisplayName("8 key-length-huge / key-empty / key-bad-utf8: bad UTF-8")
    void row08_keyBadUtf8() throws IOException {
        malformed(
                BadFiles.keyBadUtf8(), "key 0, name at byte 34: found the byte 0xff that is not UTF-8, expected UTF-8");
    }

    @DisplayName("9 string-length-huge")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"-1, 18446744073709551615", "2147483648, 2147483648", "21, 21"})
    void row09_stringLengthHuge(long length, String shown) throws IOException {
        malformed(
                BadFiles.stringLength(length),
                "key a, value length at byte 37: found " + shown
                        + ", expected at most 20 in the 20 bytes that follow; is the download complete?");
    }

    @Test
    @DisplayName("9 string-length-huge: a string that is not UTF-8")
    void row09_stringBadUtf8() throws IOException {
        malformed(
                BadFiles.stringBadUtf8(),
                "key a, value at byte 45: found the byte 0xed that is not UTF-8, expected UTF-8");
        malformed(
                BadFiles.elementBadUtf8(),
                "key a, element at byte 68: found the byte 0xc3 that is not UTF-8, expected UTF-8");
        malformed(
                BadFiles.nestedBadUtf8(),
                "key a, element at byte 69: found the byte 0xff that is not UTF-8, expected UTF-8");
    }

    @DisplayName("10 array-length-huge")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({
        "UINT64, 4611686018427387904, 4611686018427387904, 8",
        "UINT64, 2305843009213693952, 2305843009213693952, 8",
        "UINT8, -1, 18446744073709551615, 64",
        "STRING, 9, 9, 8",
        "ARRAY, 6, 6, 5",
        "BOOL, 65, 65, 64"
    })
    void row10_arrayLengthHuge(GgufType type, long length, String shown, int possible) throws IOException {
        malformed(
                BadFiles.arrayLength(type, length),
                "key a, array length at byte 41: found " + shown + ", expected at most " + possible
                        + " in the 64 bytes that follow; is the download complete?");
    }

    @Test
    @DisplayName("11 array-nested-bomb")
    void row11_arrayNestedBomb() throws IOException {
        limited(
                BadFiles.arrayNestedBomb(),
                "key a, array at byte 133: nesting 9 exceeds the limit of 8; if you trust the file, raise"
                        + " GgufLimits.nesting");
    }

    @Test
    @DisplayName("11 array-nested-bomb: arrays in arrays up to the limit")
    void row11_nesting8_isRead() throws IOException {
        try (GgufFile file = accepted(BadFiles.nested(8))) {
            Object value = file.metadata().value("a");
            for (int depth = 1; depth < 8; depth++) {
                assertTrue(value instanceof Object[] array && array.length == 1);
                value = ((Object[]) value)[0];
            }
            assertArrayEquals(new byte[] {5}, (byte[]) value);
        }
    }

    @DisplayName("12 value-type-unknown / array-of-unknown")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"13, 13", "-1, 4294967295"})
    void row12_valueTypeUnknown(long type, String shown) throws IOException {
        malformed(
                BadFiles.valueType(type),
                "key a, value type at byte 33: found " + shown + ", expected a type from 0 to 12");
    }

    @DisplayName("12 value-type-unknown / array-of-unknown")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"13, 13", "-1, 4294967295"})
    void row12_arrayOfUnknown(long type, String shown) throws IOException {
        malformed(
                BadFiles.elementType(type),
                "key a, element type at byte 37: found " + shown + ", expected a type from 0 to 12");
    }

    @Test
    @DisplayName("13 bool-not-0-1")
    void row13_boolNot01() throws IOException {
        malformed(BadFiles.bool(2), "key a, value at byte 37: found 2, expected 0 or 1 for a bool");
        malformed(BadFiles.boolElement(255), "key a, value at byte 51: found 255, expected 0 or 1 for a bool");
    }

    @Test
    @DisplayName("14 duplicate-key / duplicate-tensor")
    void row14_duplicateKey() throws IOException {
        malformed(
                BadFiles.duplicateKey(),
                "key a, name at byte 58: found the same key as at byte 24, expected each key once");
    }

    @Test
    @DisplayName("14 duplicate-key / duplicate-tensor: tensors")
    void row14_duplicateTensor() throws IOException {
        malformed(
                BadFiles.duplicateTensor(),
                "tensor a, name at byte 90: found the same name as at byte 24, expected each name once");
    }

    @Test
    @DisplayName("15 key-wrong-type")
    void row15_keyWrongType() throws IOException {
        byte[] bytes = GgufBytes.header(0, 3)
                .key("llama.block_count", GgufType.STRING)
                .string("2")
                .key("llama.context_length", GgufType.FLOAT32)
                .u32(0)
                .array("llama.head_count", GgufType.INT32, 1)
                .u32(4)
                .toBytes();
        try (GgufFile file = accepted(bytes)) {
            Metadata metadata = file.metadata();
            assertWrongType(
                    () -> metadata.integer("llama.block_count", 1, 100),
                    "key llama.block_count at byte 24: found string, expected uint32");
            assertWrongType(
                    () -> metadata.integer("llama.context_length", 1, 100),
                    "key llama.context_length at byte 62: found float32, expected uint32");
            assertWrongType(
                    () -> metadata.number("llama.block_count", 0, 1),
                    "key llama.block_count at byte 24: found string, expected float32");
            assertWrongType(
                    () -> metadata.string("llama.context_length"),
                    "key llama.context_length at byte 62: found float32, expected string");
            assertWrongType(
                    () -> metadata.bool("llama.context_length", true),
                    "key llama.context_length at byte 62: found float32, expected bool");
            assertWrongType(
                    () -> metadata.integer("llama.head_count", 1, 100),
                    "key llama.head_count at byte 98: found array of int32, expected uint32");
            assertWrongType(
                    () -> metadata.strings("llama.head_count"),
                    "key llama.head_count at byte 98: found array of int32, expected array of string");
            assertWrongType(
                    () -> metadata.floats("llama.block_count"),
                    "key llama.block_count at byte 24: found string, expected array of float32");
        }
    }

    private void assertWrongType(Runnable read, String message) {
        ModelFormatException e = assertThrows(ModelFormatException.class, read::run);
        assertEquals(rejection.file() + ": " + message, e.getMessage());
    }

    @Test
    @DisplayName("15 key-wrong-type: alignment as int32")
    void row15_keyWrongType_alignment() throws IOException {
        malformed(
                BadFiles.alignmentOfType(GgufType.INT32),
                "key general.alignment at byte 24: found int32, expected uint32");
    }

    @DisplayName("16 alignment-0 / 13 / 2^31")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({"0", "13", "2147483648", "2097152"})
    void row16_alignment(long alignment) throws IOException {
        malformed(
                BadFiles.alignment(alignment),
                "key general.alignment at byte 24: found " + alignment + ", expected a power of two from 1 to 1048576");
    }

    @Test
    @DisplayName("17 dims-0 / dims-5: a scalar, as in ggml")
    void row17_dims0_isScalar() throws IOException {
        try (GgufFile file = accepted(BadFiles.tensor(BadFiles.F32, 0))) {
            assertEquals(Shape.of(), file.tensor("a").shape());
            assertEquals(4, file.tensor("a").data().byteSize());
        }
    }

    @Test
    @DisplayName("17 dims-0 / dims-5")
    void row17_dims5() throws IOException {
        malformed(
                BadFiles.tensor(BadFiles.F32, 0, 1, 1, 1, 1, 1),
                "tensor a, number of dimensions at byte 33: found 5, expected at most 4");
    }

    @Test
    @DisplayName("18 dim-zero / dim-negative: zero is read, and refused by whoever binds the tensor to a shape")
    void row18_dimZero_isEmpty() throws IOException {
        try (GgufFile file = accepted(BadFiles.tensor(BadFiles.F32, 0, 3, 0))) {
            assertEquals(Shape.of(0, 3), file.tensor("a").shape());
            assertEquals(0, file.tensor("a").data().byteSize());
        }
    }

    @Test
    @DisplayName("18 dim-zero / dim-negative")
    void row18_dimNegative() throws IOException {
        malformed(
                BadFiles.tensor(BadFiles.F32, 0, 3, -1),
                "tensor a, dimension 1 at byte 45: found 18446744073709551615, expected at most 9223372036854775807");
    }

    @Test
    @DisplayName("19 elements-wrap")
    void row19_elementsWrap() throws IOException {
        malformed(
                BadFiles.tensor(BadFiles.I8, 0, 1L << 32, 1L << 32),
                "tensor a, info at byte 24: found shape [4294967296, 4294967296], expected fewer than 2^63 elements");
        malformed(
                BadFiles.tensor(BadFiles.I8, 0, 1L << 33, 1L << 31),
                "tensor a, info at byte 24: found shape [2147483648, 8589934592], expected fewer than 2^63 elements");
        malformed(
                BadFiles.tensor(BadFiles.I8, 0, 1L << 62, 1L << 62, 0),
                "tensor a, info at byte 24: found shape [0, 4611686018427387904, 4611686018427387904], expected fewer"
                        + " than 2^63 elements");
    }

    @Test
    @DisplayName("20 bytes-wrap")
    void row20_bytesWrap() throws IOException {
        malformed(
                BadFiles.tensor(BadFiles.I64, 0, 1L << 30, 1L << 30),
                "tensor a, info at byte 24: found shape [1073741824, 1073741824] of I64, expected fewer than 2^63"
                        + " bytes");
    }

    @Test
    @DisplayName("21 sum-wrap")
    void row21_sumWrap() throws IOException {
        malformed(
                BadFiles.sumWrap(),
                "tensor b, info at byte 57: found 9223372036854775744 bytes after 9223372036854775744 of other"
                        + " tensors, expected at most 2^63 bytes together");
    }

    @Test
    @DisplayName("22 row-not-multiple-of-block")
    void row22_rowNotMultipleOfBlock() throws IOException {
        malformed(
                BadFiles.tensor(BadFiles.Q4_K, 0, 100),
                "tensor a, info at byte 24: found rows of 100 elements, expected a multiple of 256, the block of Q4_K");
    }

    @DisplayName("23 tensor-type-unknown / removed")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({
        "4, '4 (Q4_2, removed from ggml)'",
        "5, '5 (Q4_3, removed from ggml)'",
        "31, '31 (Q4_0_4_4, removed from ggml)'",
        "38, '38 (IQ4_NL_8_8, removed from ggml)'",
        "43, 43",
        "999, 999",
        "-1, 4294967295"
    })
    void row23_tensorTypeUnknown(long type, String shown) throws IOException {
        unsupported(
                BadFiles.tensor(type, 0, 32),
                "tensor a, type at byte 45: tensor type " + shown + " is not supported; supported: " + TYPES);
    }

    @DisplayName("24 offset-unaligned / offset-overlap / offset-gap / offset-past-end")
    @ParameterizedTest(name = "{displayName}: {0}")
    @CsvSource({
        "33, 33", // offset-unaligned
        "32, 32", // offset-overlap
        "96, 96", // offset-gap
        "1048576, 1048576", // offset-past-end
        "-1, 18446744073709551615",
        "0, 0"
    })
    void row24_offset(long offset, String shown) throws IOException {
        malformed(
                BadFiles.secondOffset(offset),
                "tensor b, data offset at byte 82: found " + shown
                        + ", expected 64, the end of the tensor before it, padded to 32");
    }

    @Test
    @DisplayName("24 offset-unaligned / offset-overlap / offset-gap / offset-past-end: gap before the first tensor")
    void row24_offsetOfFirst() throws IOException {
        malformed(
                BadFiles.tensor(BadFiles.I8, 32, 32),
                "tensor a, data offset at byte 49: found 32, expected 0, the start of the data");
    }

    @Test
    @DisplayName("25 data-one-byte-short")
    void row25_dataOneByteShort() throws IOException {
        malformed(
                BadFiles.data(51),
                "tensor data at byte 96: found a file of 147 bytes, expected 148 up to the end of tensor b; is the"
                        + " download complete?");
        accepted(BadFiles.data(52)).close();
    }

    @Test
    @DisplayName("26 trailing-garbage")
    void row26_trailingGarbage() throws IOException {
        try (GgufFile file = accepted(BadFiles.data(64 + 5))) {
            assertEquals(List.of(rejection.file() + ": 5 bytes after the last tensor are not used"), file.warnings());
        }
        try (GgufFile file = accepted(BadFiles.data(64))) {
            assertEquals(List.of(), file.warnings());
        }
    }

    @Test
    @DisplayName("28 path-is-directory / unreadable / pipe")
    void row28_pathIsDirectory() {
        assertFileFails(directory, "is a directory; give the path of a .gguf file in it");
    }

    @Test
    @DisplayName("28 path-is-directory / unreadable / pipe: no such file")
    void row28_pathIsAbsent() {
        assertFileFails(directory.resolve("absent.gguf"), "there is no such file or directory; check the path");
    }

    @Test
    @DisplayName("28 path-is-directory / unreadable / pipe: unreadable")
    void row28_unreadable() throws IOException {
        Path file = Files.write(directory.resolve("secret.gguf"), BadFiles.toy());
        assertEquals(
                file + ": permission denied; check who may read it",
                ModelFileException.of(file, "read", new AccessDeniedException(file.toString()))
                        .getMessage());
        boolean denied = file.toFile().setReadable(false) && !Files.isReadable(file);
        Assumptions.assumeTrue(denied, "this user may read every file");
        assertFileFails(file, "permission denied; check who may read it");
    }

    @Test
    @DisplayName("28 path-is-directory / unreadable / pipe: a pipe does not block")
    @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void row28_pipe() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe.gguf");
        boolean made;
        try {
            made = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0;
        } catch (IOException e) {
            made = false;
        }
        Assumptions.assumeTrue(made, "this system has no mkfifo");
        assertFileFails(pipe, "is a pipe or a device; models are mapped into memory: save it as a file first");
    }

    private static void assertFileFails(Path path, String message) {
        PeregrineException e = assertThrows(ModelFileException.class, () -> GgufFile.open(path));
        assertEquals(path + ": " + message, e.getMessage());
    }
}
