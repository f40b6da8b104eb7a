package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// What published advisories against other readers of GGUF did to them, done to this one: each file is made from the
/// advisory's words.
class AdvisoryCasesTest {

    private static final String COMPLETE = "; is the download complete?";

    /// @param id of the advisory or issue, and what it did
    private record Case(String id, byte[] bytes, Class<? extends PeregrineException> type, String message) {}

    @TempDir
    Path directory;

    private static Case malformed(String id, byte[] bytes, String message) {
        return new Case(id, bytes, ModelFormatException.class, message);
    }

    private static List<Case> lengths() {
        return List.of(
                malformed(
                        "CVE-2024-21836: tensor count times the size of a record wraps",
                        BadFiles.tensorCount(0x0147_ae14_7ae1_47afL),
                        "tensor count at byte 8: found 92233720368547759, expected at most 2 in the 50 bytes that follow"
                                + COMPLETE),
                malformed(
                        "CVE-2024-23605: key count times the size of a record wraps",
                        BadFiles.keyCount(0x0555_5555_5555_5556L),
                        "key count at byte 16: found 384307168202282326, expected at most 3 in the 42 bytes that follow"
                                + COMPLETE),
                malformed(
                        "CVE-2024-21825: array length times the size of an element wraps",
                        BadFiles.arrayLength(GgufType.UINT32, 0x4000_0000_0000_0001L),
                        "key a, array length at byte 41: found 4611686018427387905, expected at most 16 in the 64 bytes"
                                + " that follow" + COMPLETE),
                malformed(
                        "CVE-2024-23496: string length plus one is zero",
                        BadFiles.stringLength(-1),
                        "key a, value length at byte 37: found 18446744073709551615, expected at most 20 in the 20 bytes"
                                + " that follow" + COMPLETE),
                malformed(
                        "CVE-2024-32878: the strings of an array end in the middle",
                        GgufBytes.header(0, 1)
                                .array("a", GgufType.STRING, 3)
                                .string("x")
                                .u64(40)
                                .zeros(16)
                                .toBytes(),
                        "key a, element length at byte 58: found 40, expected at most 16 in the 16 bytes that follow"
                                + COMPLETE),
                malformed(
                        "CVE-2024-41130, CVE-2025-0312: nothing where a value should be",
                        GgufBytes.header(0, 1).string("general.alignment").zeros(1).toBytes(),
                        "key general.alignment, value type at byte 49: found the end of the file after 1 bytes,"
                                + " expected 4 bytes" + COMPLETE),
                new Case(
                        "CVE-2025-66960: version 1, whose lengths have 32 bits",
                        new GgufBytes()
                                .text("GGUF")
                                .u32(1)
                                .u32(0)
                                .u32(1)
                                .u32(0xffff_ffffL)
                                .zeros(8)
                                .toBytes(),
                        UnsupportedModelException.class,
                        "GGUF version 1 is not supported; supported: versions 2 and 3"),
                malformed(
                        "ollama #17032: 36 bytes, too few for a key",
                        GgufBytes.header(0, 1).u64(1L << 40).zeros(4).toBytes(),
                        "key count at byte 16: found 1, expected at most 0 in the 12 bytes that follow" + COMPLETE),
                malformed(
                        "ollama #16136: 49 bytes, an array that is longer",
                        GgufBytes.header(0, 1)
                                .array("a", GgufType.UINT8, 0x7fff_ffff_ffffL)
                                .toBytes(),
                        "key a, array length at byte 41: found 140737488355327, expected at most 0 in the 0 bytes that"
                                + " follow" + COMPLETE),
                malformed(
                        "stable-diffusion.cpp #1397: 32 bytes, a key of as many as are left",
                        GgufBytes.header(0, 1).u64(1).toBytes(),
                        "key count at byte 16: found 1, expected at most 0 in the 8 bytes that follow" + COMPLETE),
                new Case(
                        "CVE-2025-0315, huggingface.js #2020: 100,001 keys",
                        GgufBytes.header(0, 100_001).zeros(100_001 * 14).toBytes(),
                        ResourceLimitException.class,
                        "key count at byte 16: 100001 exceeds the limit of 100000; if you trust the file, raise"
                                + " GgufLimits.pairs"),
                new Case(
                        "candle #3533: arrays nested 65 deep",
                        BadFiles.nested(65),
                        ResourceLimitException.class,
                        "key a, array at byte 133: nesting 9 exceeds the limit of 8; if you trust the file, raise"
                                + " GgufLimits.nesting"));
    }

    private static List<Case> sizes() {
        return List.of(
                malformed(
                        "CVE-2024-21802: the product of dimensions wraps to a small number",
                        BadFiles.tensor(BadFiles.F32, 0, 1L << 32, (1L << 32) + 1),
                        "tensor a, info at byte 24: found shape [4294967297, 4294967296], expected fewer than 2^63"
                                + " elements"),
                malformed(
                        "ggml #27203: the product of dimensions wraps to zero",
                        BadFiles.tensor(BadFiles.F32, 0, 1L << 32, 1L << 32),
                        "tensor a, info at byte 24: found shape [4294967296, 4294967296], expected fewer than 2^63"
                                + " elements"),
                malformed(
                        "CVE-2026-33298: elements fit and their bytes wrap",
                        BadFiles.tensor(BadFiles.F32, 0, 1L << 31, 1L << 31),
                        "tensor a, info at byte 24: found shape [2147483648, 2147483648] of F32, expected fewer than"
                                + " 2^63 bytes"),
                malformed(
                        "CVE-2025-53630: the sum of two tensors wraps",
                        BadFiles.sumWrap(),
                        "tensor b, info at byte 57: found 9223372036854775744 bytes after 9223372036854775744 of other"
                                + " tensors, expected at most 2^63 bytes together"),
                malformed(
                        "CVE-2026-27940: the sum fits, and wraps with the start of the data",
                        GgufBytes.header(1, 0)
                                .tensor("a", BadFiles.I8, 0, Long.MAX_VALUE - 63)
                                .pad(32)
                                .zeros(32)
                                .toBytes(),
                        "tensor data at byte 64: found a file of 96 bytes, expected more than 2^63 up to the end of"
                                + " tensor a" + COMPLETE),
                malformed(
                        "CVE-2026-7482: a tensor larger than the file",
                        BadFiles.tensor(BadFiles.F32, 0, 1L << 20),
                        "tensor data at byte 64: found a file of 128 bytes, expected 4194368 up to the end of tensor a"
                                + COMPLETE),
                malformed(
                        "CVE-2024-12055: tensor data that begin behind the file",
                        BadFiles.tensor(BadFiles.F32, 1L << 40, 2),
                        "tensor a, data offset at byte 49: found 1099511627776, expected 0, the start of the data"),
                malformed(
                        "CVE-2025-0317: alignment 0",
                        BadFiles.alignment(0),
                        "key general.alignment at byte 24: found 0, expected a power of two from 1 to 1048576"),
                malformed(
                        "oss-security 2026-05-15: an alignment of a gigabyte",
                        BadFiles.alignment(1 << 30),
                        "key general.alignment at byte 24: found 1073741824, expected a power of two from 1 to"
                                + " 1048576"));
    }

    @TestFactory
    Stream<DynamicTest> advisory() {
        return Stream.of(lengths(), sizes()).flatMap(List::stream).map(c -> DynamicTest.dynamicTest(c.id(), () -> run(c)));
    }

    private void run(Case c) throws IOException {
        new Rejection(directory).assertFails(c.bytes(), c.type(), c.message());
    }
}
