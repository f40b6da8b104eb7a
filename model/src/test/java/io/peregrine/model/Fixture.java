package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A folder with a toy model and what an independent implementation computed with it: see its
/// `expected.json`.
public record Fixture(Path folder, JsonNode expected) {

    /// @param name a folder of `src/test/resources/fixtures`
    public static Fixture of(String name) {
        return at(Path.of("src/test/resources/fixtures").resolve(name));
    }

    public static Fixture at(Path folder) {
        try {
            return new Fixture(
                    folder,
                    JsonMapper.builder()
                            .build()
                            .readTree(folder.resolve("expected.json").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path(String file) {
        return folder.resolve(file);
    }

    public List<JsonNode> cases() {
        List<JsonNode> cases = new ArrayList<>();
        expected.get("cases").forEach(cases::add);
        return cases;
    }

    /// A file of little-endian floats.
    public float[] floats(String file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path(file))).order(ByteOrder.LITTLE_ENDIAN);
            float[] values = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue();
        }
        return values;
    }

    /// Compares floats: on failure says where they first differ by more than the tolerance, and the largest
    /// difference.
    public static void assertClose(String what, float[] expected, float[] actual, double tolerance) {
        assertEquals(expected.length, actual.length, what + ": number of values");
        int first = -1;
        int worst = 0;
        for (int i = 0; i < expected.length; i++) {
            boolean within = Math.abs(expected[i] - actual[i]) <= tolerance;
            if (!within && first < 0) {
                first = i;
            }
            if (!(Math.abs(expected[i] - actual[i]) <= Math.abs(expected[worst] - actual[worst]))) {
                worst = i;
            }
        }
        int at = first;
        int largest = worst;
        assertTrue(
                first < 0,
                () -> what + ": first beyond " + tolerance + " at " + at + ": expected " + expected[at] + ", found "
                        + actual[at] + "; largest difference " + Math.abs(expected[largest] - actual[largest]) + " at "
                        + largest);
    }

    /// Compares token ids.
    public static void assertTokens(String what, JsonNode expected, int[] actual) {
        assertArrayEquals(ints(expected), actual, what);
    }
}
