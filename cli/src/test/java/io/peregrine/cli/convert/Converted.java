package io.peregrine.cli.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Region;
import io.peregrine.model.TraceResult;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// Compares converted files with the toy model that their checkpoint was made of.
final class Converted {

    private Converted() {}

    /// Every tensor and every key of the expected file, bit for bit, and no other tensors.
    ///
    /// @param aside keys that may differ
    static void assertSame(Path expected, Path actual, Set<String> aside) {
        assertSame(expected, actual, aside, Map.of());
    }

    /// @param renamed names of tensors in the expected file, and those in the actual one
    static void assertSame(Path expected, Path actual, Set<String> aside, Map<String, String> renamed) {
        try (GgufFile one = GgufFile.open(expected);
                GgufFile other = GgufFile.open(actual)) {
            Set<String> names = new TreeSet<>();
            for (Tensor tensor : one.tensors().values()) {
                String name = renamed.getOrDefault(tensor.name(), tensor.name());
                names.add(name);
                Tensor found = other.tensor(name);
                assertEquals(tensor.type() + " " + tensor.shape(), found.type() + " " + found.shape(), name);
                assertArrayEquals(
                        tensor.data().toArray(ValueLayout.JAVA_BYTE),
                        found.data().toArray(ValueLayout.JAVA_BYTE),
                        name);
            }
            assertEquals(names, new TreeSet<>(other.tensors().keySet()));
            for (String key : one.metadata().keys()) {
                if (!aside.contains(key) && !key.equals("general.name")) {
                    assertSameKey(key, one.metadata(), other.metadata());
                }
            }
        }
    }

    /// As [#assertSame], but elements may differ a little: where tables were resized.
    static void assertClose(Path expected, Path actual, float tolerance) {
        try (GgufFile one = GgufFile.open(expected);
                GgufFile other = GgufFile.open(actual)) {
            Map<String, Toy> found = Toy.read(other);
            assertEquals(one.tensors().keySet(), Set.copyOf(found.keySet()));
            Toy.read(one).forEach((name, toy) -> {
                assertArrayEquals(toy.shape(), found.get(name).shape(), name);
                assertArrayEquals(toy.values(), found.get(name).values(), tolerance, name);
            });
            for (String key : one.metadata().keys()) {
                if (!key.equals("general.name")) {
                    assertSameKey(key, one.metadata(), other.metadata());
                }
            }
        }
    }

    private static void assertSameKey(String key, Metadata expected, Metadata actual) {
        assertTrue(actual.has(key), "key " + key);
        assertEquals(expected.type(key), actual.type(key), key);
        assertEquals(expected.elementType(key), actual.elementType(key), key);
        assertEquals(text(expected.value(key)), text(actual.value(key)), key);
    }

    private static String text(Object value) {
        if (!Objects.requireNonNull(value).getClass().isArray()) {
            return value.toString();
        }
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < Array.getLength(value); i++) {
            elements.add(Array.get(value, i));
        }
        return elements.toString();
    }

    /// Runs the cases of a toy model on converted files and compares logits and tokens with the golden ones.
    ///
    /// @param mmproj only cases whose vision file is called so in the fixture
    static void assertTraces(String fixture, Path text, Path vision, String mmproj) throws Exception {
        Path folder = Toy.FIXTURES.resolve(fixture);
        JsonNode expected =
                new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
        int compared = 0;
        for (JsonNode golden : expected.get("cases")) {
            if (golden.path("mmproj").asText("mmproj.gguf").equals(mmproj)) {
                compareCase(fixture, folder, golden, text, vision);
                compared++;
            }
        }
        assertTrue(compared > 0);
    }

    private static void compareCase(String what, Path folder, JsonNode golden, Path text, Path vision)
            throws Exception {
        List<Image> images = new ArrayList<>();
        golden.get("images").forEach(image -> images.add(Image.read(folder.resolve(image.textValue()))));
        List<Region> regions = new ArrayList<>();
        golden.path("regions").forEach(mask -> regions.add(Region.read(folder.resolve(mask.textValue()))));
        List<Integer> ids = new ArrayList<>();
        golden.get("generated").forEach(id -> ids.add(id.intValue()));
        try (Model model =
                Model.load(text, LoadOptions.defaults().withMmproj(vision).withThreads(2))) {
            Prompt prompt = Prompt.raw(golden.get("prompt").textValue(), images, regions);
            TraceResult trace = model.trace(prompt, ids.size(), true);
            assertEquals(ids, trace.generated(), what);
            float[] logits = floats(folder.resolve(golden.get("logits").textValue()));
            double tolerance = golden.get("tolerance").get("logits_max_abs").doubleValue();
            assertArrayEquals(logits, trace.logits().values(), (float) tolerance, what);
        }
    }

    /// A file of little-endian floats.
    static float[] floats(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
