package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.ResourceLimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each limit of [GgufLimits]: a file that reaches it is read, one less refuses it, by name.
class GgufLimitsTest {

    @TempDir
    private Path directory;

    /// Two keys of three and four bytes, one tensor with a name of five; an array of two arrays of two; a string of
    /// six bytes.
    private static byte[] file() {
        return GgufBytes.header(1, 2)
                .array("arr", GgufType.ARRAY, 2)
                .u32(GgufType.UINT8.id())
                .u64(2)
                .u8(1)
                .u8(2)
                .u32(GgufType.UINT8.id())
                .u64(2)
                .u8(3)
                .u8(4)
                .key("text", GgufType.STRING)
                .string("string")
                .tensor("names", 0, 0, 1)
                .pad(32)
                .zeros(32)
                .toBytes();
    }

    @Test
    void limitsThatAreReached_areKept() throws IOException {
        Rejection rejection = new Rejection(directory);
        Files.write(rejection.file(), file());
        GgufOptions options = GgufOptions.DEFAULT.withLimits(new GgufLimits(2, 1, 2, 6, 2, 4, 5));
        try (GgufFile file = GgufFile.open(rejection.file(), options)) {
            assertEquals("string", file.metadata().string("text"));
            assertEquals(1, file.tensors().size());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1, 1, 2, 6, 2, 4, 5; key count at byte 16: 2 exceeds the limit of 1; pairs",
                "2, 0, 2, 6, 2, 4, 5; tensor count at byte 8: 1 exceeds the limit of 0; tensors",
                "2, 1, 1, 6, 2, 4, 5; key arr, array length at byte 43: 2 exceeds the limit of 1; arrayElements",
                "2, 1, 2, 5, 2, 4, 5; key text, value length at byte 95: 6 exceeds the limit of 5; stringBytes",
                "2, 1, 2, 6, 1, 4, 5; key arr, array at byte 51: nesting 2 exceeds the limit of 1; nesting",
                "2, 1, 2, 6, 2, 3, 5; key 1, name length at byte 79: 4 exceeds the limit of 3; keyBytes",
                "2, 1, 2, 6, 2, 4, 4; tensor 0, name length at byte 109: 5 exceeds the limit of 4; tensorNameBytes"
            })
    void oneMoreThanALimit_isRefusedByName(String limits, String problem, String name) throws IOException {
        int[] values = Arrays.stream(limits.split(", ")).mapToInt(Integer::parseInt).toArray();
        GgufOptions options = GgufOptions.DEFAULT.withLimits(new GgufLimits(
                values[0], values[1], values[2], values[3], values[4], values[5], values[6]));
        new Rejection(directory)
                .assertFails(
                        file(),
                        options,
                        ResourceLimitException.class,
                        problem + "; if you trust the file, raise GgufLimits." + name);
    }
}
