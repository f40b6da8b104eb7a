package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Models in several files: row 27 of the catalogue, and that every part opens the whole.
class SplitModelTest {

    @TempDir
    Path directory;

    private Path path(int part) {
        return directory.resolve("m-0000" + part + "-of-00003.gguf");
    }

    /// A part with one tensor, filled with its own number.
    private GgufWriter part(int number, int count, int tensors) {
        byte[] data = new byte[40];
        Arrays.fill(data, (byte) number);
        GgufWriter writer = new GgufWriter()
                .put("split.no", GgufType.UINT16, number)
                .put("split.count", GgufType.UINT16, count)
                .put("split.tensors.count", GgufType.INT32, tensors);
        if (number == 0) {
            writer.string("general.name", "whole");
        }
        return writer.tensor("t" + number, TensorType.I8, Shape.of(40), MemorySegment.ofArray(data));
    }

    private void writeAll() {
        for (int i = 0; i < 3; i++) {
            part(i, 3, 3).write(path(i + 1));
        }
    }

    private void assertFails(Path opened, Path blamed, String message) {
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> GgufFile.open(opened));
        assertEquals(blamed + ": " + message, e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void anyPart_opensAll(int part) {
        writeAll();
        for (boolean copy : new boolean[] {false, true}) {
            try (GgufFile file = GgufFile.open(path(part), GgufOptions.DEFAULT.withCopyWeights(copy))) {
                assertEquals(path(1), file.path());
                assertEquals("whole", file.metadata().string("general.name"));
                assertEquals(
                        List.of("t0", "t1", "t2"), List.copyOf(file.tensors().keySet()));
                for (int i = 0; i < 3; i++) {
                    byte[] expected = new byte[40];
                    Arrays.fill(expected, (byte) i);
                    assertArrayEquals(expected, file.tensor("t" + i).data().toArray(ValueLayout.JAVA_BYTE));
                }
            }
        }
    }

    @Test
    @DisplayName("27 split-missing-part")
    void row27_splitMissingPart() throws IOException {
        writeAll();
        Files.delete(path(2));
        assertFails(
                path(1),
                path(1),
                "part 2 of 3: found no file m-00002-of-00003.gguf, expected it in the same directory; download all"
                        + " parts");
        assertFails(
                path(3),
                path(3),
                "part 2 of 3: found no file m-00002-of-00003.gguf, expected it in the same directory; download all"
                        + " parts");
    }

    @Test
    @DisplayName("27 split-missing-part: count disagrees between parts")
    void row27_splitCountDisagrees() {
        writeAll();
        part(1, 2, 3).write(path(2));
        assertFails(
                path(1),
                path(2),
                "key split.count: found 2, expected 3; keep the names that the parts were published under");
    }

    @Test
    @DisplayName("27 split-missing-part: count disagrees with the file's name")
    void row27_splitCountDisagreesWithName() {
        Path odd = directory.resolve("m-00001-of-00002.gguf");
        part(0, 3, 3).write(odd);
        assertFails(
                odd,
                odd,
                "file name: found part 1 of 3 by its keys split.no and split.count, expected a name that ends in"
                        + " -00001-of-00003.gguf; keep the names that the parts were published under");
        Path renamed = directory.resolve("renamed.gguf");
        part(2, 3, 3).write(renamed);
        assertFails(
                renamed,
                renamed,
                "file name: found part 3 of 3 by its keys split.no and split.count, expected a name that ends in"
                        + " -00003-of-00003.gguf; keep the names that the parts were published under");
    }

    @Test
    void partsSwapped_areRefused() {
        part(0, 3, 3).write(path(1));
        part(2, 3, 3).write(path(2));
        part(1, 3, 3).write(path(3));
        assertFails(
                path(1),
                path(2),
                "key split.no: found 2, expected 1; keep the names that the parts were published under");
    }

    @Test
    void tensorCountDisagrees_isRefused() {
        for (int i = 0; i < 3; i++) {
            part(i, 3, 4).write(path(i + 1));
        }
        assertFails(
                path(2),
                path(1),
                "key split.tensors.count: found 3 tensors in all parts, expected 4; are all parts of the same model?");
    }

    @Test
    void sameTensorInTwoParts_isRefused() {
        writeAll();
        part(1, 3, 3)
                .tensor("t0", TensorType.I8, Shape.of(1), MemorySegment.ofArray(new byte[1]))
                .write(path(2));
        new GgufWriter()
                .put("split.no", GgufType.UINT16, 2)
                .put("split.count", GgufType.UINT16, 3)
                .put("split.tensors.count", GgufType.INT32, 3)
                .write(path(3));
        assertFails(
                path(1),
                path(2),
                "tensor t0, name at byte 140: found the same name as in m-00001-of-00003.gguf, expected each name once");
    }

    @Test
    void brokenPart_isNamed() throws IOException {
        writeAll();
        Files.write(path(3), new byte[3]);
        assertFails(path(1), path(3), "header: found 3 bytes, expected at least 24; is the download complete?");
    }

    @Test
    void splitOfOne_isAnOrdinaryFile() {
        Path single = directory.resolve("single.gguf");
        part(0, 1, 1).write(single);
        try (GgufFile file = GgufFile.open(single)) {
            assertEquals(1, file.tensors().size());
        }
    }
}
