package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files beyond 2 GiB, sparse so that they take no space.
class LargeFileTest {

    private static final long THREE_GIB = 3L << 30;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void prepare() {
        path = directory.resolve("m.gguf");
    }

    private void append(byte[] head, long size) throws IOException {
        Files.write(path, head);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }

    private static byte[] head() {
        return GgufBytes.header(2, 0)
                .tensor("a", BadFiles.I8, 0, 1 << 20, 3 << 10)
                .tensor("b", BadFiles.I8, THREE_GIB, 100)
                .pad(32)
                .toBytes();
    }

    @Test
    void tensorsBeyond2Gib_areReached() throws IOException {
        long start = head().length;
        append(head(), start + THREE_GIB + 100);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(start + THREE_GIB - 1);
            file.write(new byte[] {11, 22});
        }
        try (GgufFile file = GgufFile.open(path)) {
            assertEquals(11, file.tensor("a").data().get(ValueLayout.JAVA_BYTE, THREE_GIB - 1));
            assertEquals(22, file.tensor("b").data().get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(11, file.tensor("a").rows(3071, 1).data().get(ValueLayout.JAVA_BYTE, (1 << 20) - 1));
        }
    }

    @Test
    void oneByteShortBeyond2Gib_isFound() throws IOException {
        long start = head().length;
        append(head(), start + THREE_GIB + 99);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> GgufFile.open(path));
        assertEquals(
                path
                        + ": tensor data at byte 128: found a file of 3221225699 bytes, expected 3221225700 up to the end of"
                        + " tensor b; is the download complete?",
                e.getMessage());
    }

    @Test
    void arraysThatNoJavaArrayHolds_areRefused() throws IOException {
        int inner = 1 << 27;
        int count = 17;
        byte[] head = GgufBytes.header(0, 1)
                .array("a", GgufType.ARRAY, count)
                .u32(GgufType.UINT8.id())
                .u64(inner)
                .toBytes();
        int innerHead = 12;
        append(head, head.length + (long) inner + (count - 1) * (long) (innerHead + inner));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (int i = 1; i < count; i++) {
                file.seek(head.length - innerHead + i * (long) (innerHead + inner));
                file.write(head, head.length - innerHead, innerHead);
            }
        }
        ResourceLimitException e = assertThrows(ResourceLimitException.class, () -> GgufFile.open(path));
        assertEquals(
                path
                        + ": key a, array at byte 49: 2281701580 bytes exceeds the limit of 2147483639 bytes for an array of"
                        + " strings or arrays; store it as several arrays",
                e.getMessage());
    }
}
