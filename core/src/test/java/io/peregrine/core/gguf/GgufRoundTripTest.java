package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the writer writes, the reader reads.
class GgufRoundTripTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"1, 32", "2, 1", "3, 64", "4, 4096", "5, 32"})
    void randomKeysAndTensors_comeBack(long seed, int alignment) {
        RandomModel model = new RandomModel(seed, 256, 256, alignment);
        Path path = directory.resolve("random.gguf");
        model.writer.write(path);
        try (GgufFile file = GgufFile.open(path)) {
            assertSame(model, file);
        }
        try (GgufFile file = GgufFile.open(path, GgufOptions.DEFAULT.withCopyWeights(true))) {
            assertSame(model, file);
        }
    }

    @Test
    void metadataAndTensorsOfAnotherFile_areCopiedByteForByte() throws IOException {
        RandomModel model = new RandomModel(7, 256, 50, 64);
        Path first = directory.resolve("first.gguf");
        Path second = directory.resolve("second.gguf");
        Path third = directory.resolve("third.gguf");
        model.writer.write(first);
        try (GgufFile file = GgufFile.open(first)) {
            copyOf(file).write(second);
            // Once more, after the values have been looked at and so decoded.
            file.metadata().keys().forEach(key -> assertTrue(file.metadata().value(key) != null));
            copyOf(file).write(third);
        }
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(third));
    }

    private static GgufWriter copyOf(GgufFile file) {
        GgufWriter writer = new GgufWriter().putMissing(file.metadata());
        file.tensors().values().forEach(writer::tensor);
        return writer;
    }

    private static void assertSame(RandomModel model, GgufFile file) {
        Metadata metadata = file.metadata();
        List<String> keys = new ArrayList<>(metadata.keys());
        keys.remove("general.alignment");
        assertEquals(new ArrayList<>(model.types.keySet()), keys);
        for (String key : keys) {
            assertEquals(model.types.get(key), metadata.type(key), key);
            assertEquals(model.elementTypes.get(key), metadata.elementType(key), key);
            assertArrayEquals(new Object[] {model.values.get(key)}, new Object[] {metadata.value(key)}, key);
        }
        assertEquals(
                new ArrayList<>(model.shapes.keySet()),
                new ArrayList<>(file.tensors().keySet()));
        for (Tensor tensor : file.tensors().values()) {
            assertEquals(model.tensorTypes.get(tensor.name()), tensor.type(), tensor.name());
            assertEquals(model.shapes.get(tensor.name()), tensor.shape(), tensor.name());
            assertArrayEquals(
                    model.data.get(tensor.name()), tensor.data().toArray(ValueLayout.JAVA_BYTE), tensor.name());
        }
        assertNull(file.tensorOrNull("no such tensor"));
        assertEquals(List.of(), file.warnings());
        assertEquals(3, file.version());
    }
}
