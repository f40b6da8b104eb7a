package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The exact bytes of a small file, and what the writer refuses.
class GgufWriterTest {

    @TempDir
    Path directory;

    private static MemorySegment bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void smallFile_hasTheBytesOfTheFormat() throws IOException {
        Path path = directory.resolve("m.gguf");
        new GgufWriter()
                .string("general.name", "\u00e9")
                .uint32("u", 0xffff_ffffL)
                .float32("f", 1.5f)
                .bool("b", true)
                .strings("s", "x", "")
                .int32s("i", 1, -2)
                .float32s("g", 2)
                .put("w", GgufType.UINT64, BigInteger.ONE.shiftLeft(63))
                .putArray("n", GgufType.ARRAY, new Object[] {new byte[] {1, 2}, new String[] {"y"}})
                .alignment(64)
                .tensor("t", TensorType.I8, Shape.of(2, 3), bytes(1, 2, 3, 4, 5, 6))
                .tensor("q", TensorType.I8, Shape.of(1), bytes(9))
                .write(path);
        byte[] expected = GgufBytes.header(2, 10)
                .key("general.name", GgufType.STRING)
                .string("\u00e9")
                .uint32("u", 0xffff_ffffL)
                .key("f", GgufType.FLOAT32)
                .u32(Float.floatToIntBits(1.5f))
                .key("b", GgufType.BOOL)
                .u8(1)
                .array("s", GgufType.STRING, 2)
                .string("x")
                .string("")
                .array("i", GgufType.INT32, 2)
                .u32(1)
                .u32(-2)
                .array("g", GgufType.FLOAT32, 1)
                .u32(Float.floatToIntBits(2))
                .key("w", GgufType.UINT64)
                .u64(Long.MIN_VALUE)
                .array("n", GgufType.ARRAY, 2)
                .u32(GgufType.INT8.id())
                .u64(2)
                .bytes(1, 2)
                .u32(GgufType.STRING.id())
                .u64(1)
                .string("y")
                .uint32("general.alignment", 64)
                .tensor("t", BadFiles.I8, 0, 3, 2)
                .tensor("q", BadFiles.I8, 64, 1)
                .pad(64)
                .bytes(1, 2, 3, 4, 5, 6)
                .pad(64)
                .bytes(9)
                .pad(64)
                .toBytes();
        assertArrayEquals(expected, Files.readAllBytes(path));
        assertEquals(List.of(path), filesInDirectory());
    }

    @Test
    void emptyFile_isAHeader() throws IOException {
        Path path = directory.resolve("m.gguf");
        new GgufWriter().write(path);
        assertArrayEquals(GgufBytes.header(0, 0).toBytes(), Files.readAllBytes(path));
    }

    @Test
    void sourceOfTheWrongLength_leavesTheOldFile() throws IOException {
        Path path = Files.writeString(directory.resolve("m.gguf"), "old");
        GgufWriter writer = new GgufWriter()
                .tensor("t", TensorType.F32, Shape.of(3), target -> target.write(ByteBuffer.allocate(11)));
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> writer.write(path));
        assertEquals("tensor t of type F32 and shape [3] needs 12 bytes, its source gave 11", e.getMessage());
        assertEquals("old", Files.readString(path));
        assertEquals(List.of(path), filesInDirectory());
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void sourceThatFails_leavesTheOldFile() throws IOException {
        Path path = Files.writeString(directory.resolve("m.gguf"), "old");
        GgufWriter writer = new GgufWriter().tensor("t", TensorType.F32, Shape.of(3), target -> {
            throw new IOException("No space left on device");
        });
        ModelFileException e = assertThrows(ModelFileException.class, () -> writer.write(path));
        assertEquals(path + ": cannot write it: No space left on device; check the disk", e.getMessage());
        assertEquals("old", Files.readString(path));
        assertEquals(List.of(path), filesInDirectory());
    }

    @Test
    void directoryThatIsNotThere_isAFileError() {
        Path path = directory.resolve("absent/m.gguf");
        ModelFileException e = assertThrows(ModelFileException.class, () -> new GgufWriter().write(path));
        assertEquals(path + ": there is no such file or directory; check the path", e.getMessage());
    }

    private List<Path> filesInDirectory() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static void assertRefused(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }

    @Test
    void values_mustFitTheirTypes() {
        GgufWriter writer = new GgufWriter();
        assertRefused("key k: 256 is no uint8", () -> writer.put("k", GgufType.UINT8, 256));
        assertRefused("key k: -1 is no uint32", () -> writer.uint32("k", -1));
        assertRefused("key k: 128 is no int8", () -> writer.put("k", GgufType.INT8, 128));
        assertRefused("key k: 1 is no float32", () -> writer.put("k", GgufType.FLOAT32, 1));
        assertRefused("key k: 1.0 is no int32", () -> writer.put("k", GgufType.INT32, 1.0));
        assertRefused("key k: 1 is no bool", () -> writer.put("k", GgufType.BOOL, 1));
        assertRefused("key k: x is no array", () -> writer.put("k", GgufType.ARRAY, "x"));
        BigInteger tooLarge = BigInteger.ONE.shiftLeft(64);
        assertRefused("key k: 18446744073709551616 is no uint64", () -> writer.put("k", GgufType.UINT64, tooLarge));
        assertRefused("key k: int[] is no array of int64", () -> writer.putArray("k", GgufType.INT64, new int[1]));
        assertRefused("key k: x is no array", () -> writer.putArray("k", GgufType.ARRAY, new Object[] {"x"}));
        assertRefused("the text \\u{d800} cannot be written as UTF-8", () -> writer.string("k", "\ud800"));
        assertRefused("the text a\\u{dc00} cannot be written as UTF-8", () -> writer.strings("k", "b", "a\udc00"));
    }

    @Test
    void names_mustBeReadable() {
        GgufWriter writer = new GgufWriter().bool("k", true).tensor("t", TensorType.I8, Shape.of(1), bytes(1));
        assertRefused("key k is set twice", () -> writer.bool("k", true));
        assertRefused("a key of 0 bytes is not within 1..65535", () -> writer.bool("", true));
        assertRefused("a key of 65536 bytes is not within 1..65535", () -> writer.bool("x".repeat(65_536), true));
        assertRefused("the alignment has a method of its own", () -> writer.uint32("general.alignment", 32));
        assertRefused("alignment 48 is not a power of two from 1 to 1048576", () -> writer.alignment(48));
        assertRefused("tensor t is set twice", () -> writer.tensor("t", TensorType.I8, Shape.of(1), bytes(1)));
        String longest = "x".repeat(63);
        writer.tensor(longest, TensorType.I8, Shape.of(1), bytes(1));
        assertRefused(
                "the tensor name x" + longest + " of 64 bytes is not within 1..63",
                () -> writer.tensor("x" + longest, TensorType.I8, Shape.of(1), bytes(1)));
        assertRefused(
                "tensor u with shape [1, 1, 1, 1, 1] has more than 4 axes",
                () -> writer.tensor("u", TensorType.I8, Shape.of(1, 1, 1, 1, 1), bytes(1)));
        assertRefused(
                "tensor u of type I8 and shape [2] needs 2 bytes, the segment has 1",
                () -> writer.tensor("u", TensorType.I8, Shape.of(2), bytes(1)));
        assertRefused(
                "Q8_0 stores blocks of 32 elements; a row of 33 does not fit",
                () -> writer.tensor("u", TensorType.Q8_0, Shape.of(33), bytes(1)));
    }
}
