package io.peregrine.model.quantize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.TraceResult;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Quantising whole files: what the result holds and computes, and that failures leave nothing.
class QuantizerTest {

    private static final Fixture TEXT = Fixture.of("text_llama_f16");
    private static final Path SOURCE = TEXT.path("model.gguf");

    /// Relative error of logits: vectors sum the products of F16 and of F32 rows in different orders.
    private static final double ANOTHER_ORDER = 1e-6;

    @TempDir
    private Path folder;

    private Path target() {
        return folder.resolve("out.gguf");
    }

    /// The relative error of a format on normally distributed weights, as `EncoderTest` publishes it, rounded up.
    private static double error(TensorType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 0.0003;
            case BF16 -> 0.002;
            case Q8_0 -> 0.006;
            case Q6_K -> 0.019;
            case Q5_K, Q5_1 -> 0.038;
            case Q5_0 -> 0.043;
            case Q4_K, Q4_1 -> 0.076;
            case Q4_0 -> 0.088;
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    /// The toy model makes of a relative error of its weights one of the logits that is about ten times larger, as plain
    /// rounding to BF16 shows (0.0017 becomes 0.016); finer and coarser formats stay on that line.
    @ParameterizedTest
    @EnumSource(Mix.class)
    void everyMix_computesAlmostTheSame(Mix mix, TestReporter reporter) {
        QuantizeResult result = new Quantizer(QuantizeOptions.to(mix).withThreads(2)).quantize(SOURCE, target());
        float[] expected = logits(SOURCE);
        float[] found = logits(target());
        double squares = 0;
        double errors = 0;
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Float.isFinite(found[i]));
            squares += (double) expected[i] * expected[i];
            errors += ((double) expected[i] - found[i]) * ((double) expected[i] - found[i]);
        }
        double relative = Math.sqrt(errors / squares);
        double limit = 12 * error(mix.base()) + ANOTHER_ORDER;
        reporter.publishEntry(mix + ": relative error of the logits", relative + ", limit " + limit);
        assertTrue(relative <= limit, mix + ": " + relative);
        assertTrue(mix == Mix.F16 || mix == Mix.F32 || relative > 0, "nothing was quantised");
        checkFile(mix, result);
    }

    /// The file holds what the result says, and all metadata of the source.
    private void checkFile(Mix mix, QuantizeResult result) {
        try (GgufFile before = GgufFile.open(SOURCE);
                GgufFile after = GgufFile.open(target())) {
            assertEquals(List.copyOf(before.tensors().keySet()), List.copyOf(after.tensors().keySet()));
            for (QuantizeResult.Change change : result.tensors()) {
                Tensor tensor = after.tensor(change.name());
                assertEquals(change.to(), tensor.type(), change.name());
                assertEquals(change.bytes(), tensor.data().byteSize());
                assertEquals(before.tensor(change.name()).shape(), tensor.shape());
                if (change.from() == change.to()) {
                    assertEquals(-1, before.tensor(change.name()).data().mismatch(tensor.data()), change.name());
                }
            }
            assertSameMetadata(before.metadata(), after.metadata(), mix);
        }
    }

    private static void assertSameMetadata(Metadata before, Metadata after, Mix mix) {
        List<String> keys = new ArrayList<>(before.keys());
        keys.removeIf(key -> key.startsWith("split."));
        for (String key : List.of("general.file_type", "general.quantization_version")) {
            if (!keys.contains(key)) {
                keys.add(key);
            }
        }
        assertEquals(keys, List.copyOf(after.keys()));
        assertEquals((long) mix.fileType(), after.value("general.file_type"));
        assertEquals(2L, after.value("general.quantization_version"));
        for (String key : keys) {
            if (!key.equals("general.file_type") && !key.equals("general.quantization_version")) {
                assertEquals(before.type(key), after.type(key), key);
                assertEquals(before.elementType(key), after.elementType(key), key);
                assertTrue(Objects.deepEquals(before.value(key), after.value(key)), key);
            }
        }
    }

    /// The first step's.
    private static float[] logits(Path file) {
        try (Model model = Model.load(file, LoadOptions.defaults().withThreads(2))) {
            TraceResult trace =
                    model.trace(Prompt.raw(TEXT.cases().getFirst().get("prompt").textValue()), 3, true);
            return Arrays.copyOf(trace.logits().values(), trace.logits().width());
        }
    }

    /// The mixes choose the types that `llama-quantize` chose for the fixtures.
    @ParameterizedTest
    @CsvSource({"text_llama_q4_0, Q4_0", "text_llama_q8_0, Q8_0", "text_llama_q4_k_m, Q4_K_M", "text_llama_q5_k_m, Q5_K_M"})
    void mixes_areThoseOfTheReference(String fixture, Mix mix) {
        JsonNode types = Fixture.of(fixture).expected().get("tensor_types");
        QuantizeResult plan = new Quantizer(QuantizeOptions.to(mix)).plan(SOURCE);
        assertEquals(types.size(), plan.tensors().size());
        for (QuantizeResult.Change change : plan.tensors()) {
            assertEquals(types.get(change.name()).textValue(), change.to().toString(), change.name());
        }
    }

    @Test
    void imageEncoder_givesAlmostTheSameRows() {
        Fixture fixture = Fixture.of("llava15");
        QuantizeResult result =
                new Quantizer(QuantizeOptions.to(Mix.Q8_0)).quantize(fixture.path("mmproj.gguf"), target());
        assertTrue(result.tensors().stream().anyMatch(change -> change.to() == TensorType.Q8_0));
        for (QuantizeResult.Change change : result.tensors()) {
            boolean table = change.name().contains("embd") || change.shape().rank() != 2;
            assertEquals(table ? change.from() : TensorType.Q8_0, change.to(), change.name());
        }
        float[] expected = rows(fixture, fixture.path("mmproj.gguf"));
        float[] found = rows(fixture, target());
        double squares = 0;
        double errors = 0;
        for (int i = 0; i < expected.length; i++) {
            squares += (double) expected[i] * expected[i];
            errors += ((double) expected[i] - found[i]) * ((double) expected[i] - found[i]);
        }
        assertTrue(Math.sqrt(errors / squares) <= 4 * error(TensorType.Q8_0), "" + Math.sqrt(errors / squares));
        assertTrue(errors > 0);
    }

    private static float[] rows(Fixture fixture, Path mmproj) {
        Prompt prompt = Prompt.raw("a <__media__>", List.of(Image.read(fixture.path("image0.png"))));
        LoadOptions options = LoadOptions.defaults().withThreads(2).withMmproj(mmproj);
        try (Model model = Model.load(fixture.path("model.gguf"), options)) {
            return model.trace(prompt, 1, true).imageBlocks().getFirst().embedding().values();
        }
    }

    @Test
    void threads_doNotChangeTheBytes() throws IOException {
        byte[] expected = {};
        for (int threads : new int[] {1, 3}) {
            QuantizeOptions options = QuantizeOptions.to(Mix.Q4_K_M).withThreads(threads).withReplace(true);
            new Quantizer(options).quantize(SOURCE, target());
            byte[] bytes = Files.readAllBytes(target());
            expected = threads == 1 ? bytes : expected;
            assertArrayEquals(expected, bytes);
        }
    }

    /// A tensor of many pieces, whose last one is short.
    @Test
    void largeTensor_isEncodedInPieces() {
        ToyFile toy = new ToyFile(3).key("general.architecture", "none").matrix("a.weight", 700, 512);
        Path source = toy.write(folder.resolve("large.gguf"));
        List<Long> heard = new ArrayList<>();
        new Quantizer(QuantizeOptions.to(Mix.Q8_0).withThreads(2).withListener((done, total) -> {
                    heard.add(done);
                    assertEquals(700 * 512 * 4L, total);
                    return true;
                }))
                .quantize(source, target());
        assertEquals(6, heard.size());
        assertEquals(700 * 512 * 4L, heard.getLast());
        float[] expected = toy.weights("a.weight");
        try (GgufFile file = GgufFile.open(target())) {
            float[] found = floats(file.tensor("a.weight"));
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], found[i], 0.002, "element " + i);
            }
        }
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        io.peregrine.kernels.format.Formats.of(tensor.type()).decodePlainly(tensor.data(), 0, values.length, values, 0);
        return values;
    }

    @Test
    void splitFile_becomesOne() {
        for (int part = 0; part < 2; part++) {
            GgufWriter writer = new GgufWriter();
            if (part == 0) {
                writer.string("general.architecture", "none");
            }
            writer.put("split.no", GgufType.UINT16, part)
                    .put("split.count", GgufType.UINT16, 2)
                    .put("split.tensors.count", GgufType.INT32, 2)
                    .tensor(part + ".weight", TensorType.F32, Shape.of(2, 32), MemorySegment.ofArray(new byte[256]));
            writer.write(folder.resolve("m-0000" + (part + 1) + "-of-00002.gguf"));
        }
        new Quantizer(QuantizeOptions.to(Mix.Q8_0)).quantize(folder.resolve("m-00002-of-00002.gguf"), target());
        try (GgufFile file = GgufFile.open(target())) {
            assertEquals(List.of("0.weight", "1.weight"), List.copyOf(file.tensors().keySet()));
            assertEquals(
                    List.of("general.architecture", "general.file_type", "general.quantization_version"),
                    List.copyOf(file.metadata().keys()));
        }
    }

    @Test
    void quantisedWeights_needPermission() throws IOException {
        Path source = Fixture.of("text_llama_q8_0").path("model.gguf");
        assertFails(
                UnsupportedModelException.class,
                source,
                QuantizeOptions.to(Mix.Q4_0),
                source + ": quantising tensor token_embd.weight from Q8_0 to Q6_K is not supported; supported: weights in"
                        + " F32, F16 and BF16, and with --allow-requantize others too, whose errors add up");
        new Quantizer(QuantizeOptions.to(Mix.F32).withAllowRequantize(true)).quantize(source, target());
        try (GgufFile before = GgufFile.open(source);
                GgufFile after = GgufFile.open(target())) {
            before.tensors().forEach((name, tensor) -> {
                assertEquals(TensorType.F32, after.tensor(name).type());
                assertArrayEquals(floats(tensor), floats(after.tensor(name)), name);
            });
        }
        new Quantizer(QuantizeOptions.to(Mix.Q8_0).withReplace(true)).quantize(source, target());
        assertEquals(Files.size(source), Files.size(target()), "nothing to do");
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, 5, Q4_K, NaN, a finite number, 'the file is damaged, or was converted wrongly'",
        "-Infinity, 70000, Q4_K, -Infinity, a finite number, 'the file is damaged, or was converted wrongly'",
        "65520, 131071, F16, 65520.0, 'at most 65504 in size, to become F16',"
                + "'choose BF16 or F32, or keep this tensor as it is'"
    })
    void weightThatDoesNotFit_isNamed(
            float bad, int at, Mix mix, String found, String expected, String action) throws IOException {
        ToyFile toy = new ToyFile(3).key("general.architecture", "none").matrix("a.weight", 512, 256);
        toy.weights("a.weight")[at] = bad;
        Path source = toy.write(folder.resolve("bad.gguf"));
        assertFails(
                ModelFormatException.class,
                source,
                QuantizeOptions.to(mix),
                source + ": tensor a.weight, element [" + at / 256 + ", " + at % 256 + "]: found " + found + ", expected "
                        + expected + "; " + action);
    }

    @Test
    void target_isReplacedOnRequestOnly() throws IOException {
        Files.writeString(target(), "precious");
        assertFails(
                ModelFileException.class,
                SOURCE,
                QuantizeOptions.to(Mix.Q8_0),
                target() + ": exists already; give another name, or --force to replace it");
        assertEquals("precious", Files.readString(target()));
        new Quantizer(QuantizeOptions.to(Mix.Q8_0).withReplace(true)).quantize(SOURCE, target());
        assertTrue(Files.size(target()) > 100_000);
    }

    @Test
    void target_isNeverTheSource() throws IOException {
        Path source = Files.copy(SOURCE, folder.resolve("same.gguf"));
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), source);
        Quantizer quantizer = new Quantizer(QuantizeOptions.to(Mix.Q8_0).withReplace(true));
        ModelFileException e = assertThrows(ModelFileException.class, () -> quantizer.quantize(source, link));
        assertEquals(link + ": is the file that is to be read; give another name", e.getMessage());
        assertEquals(-1, Files.mismatch(SOURCE, source));
    }

    @Test
    void folders_areNoTargets() {
        Quantizer quantizer = new Quantizer(QuantizeOptions.to(Mix.Q8_0).withReplace(true));
        assertEquals(
                folder + ": is a directory; give the name of a file",
                assertThrows(ModelFileException.class, () -> quantizer.quantize(SOURCE, folder)).getMessage());
        Path lost = folder.resolve("none/out.gguf");
        assertEquals(
                lost + ": there is no such file or directory; check the path",
                assertThrows(ModelFileException.class, () -> quantizer.quantize(SOURCE, lost)).getMessage());
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void fullDisk_isFoundBeforeAnythingIsWritten() {
        Quantizer quantizer = new Quantizer(QuantizeOptions.to(Mix.Q8_0), _ -> OptionalLong.of(1000));
        long bytes = quantizer.plan(SOURCE).bytes();
        assertEquals(
                target() + ": the tensors: " + bytes + " bytes exceeds the limit of 1000 bytes that are free on the disk;"
                        + " free some room, or write to another disk",
                assertThrows(ResourceLimitException.class, () -> quantizer.quantize(SOURCE, target())).getMessage());
    }

    @Test
    void listener_stopsIt_andNothingIsLeft() throws IOException {
        AtomicLong calls = new AtomicLong();
        QuantizeOptions options = QuantizeOptions.to(Mix.Q4_K).withListener((_, _) -> calls.incrementAndGet() < 5);
        CancellationException e =
                assertThrows(CancellationException.class, () -> new Quantizer(options).quantize(SOURCE, target()));
        assertEquals(SOURCE + ": quantising was cancelled", e.getMessage());
        assertEquals(5, calls.get());
        assertNothingLeft();
    }

    @Test
    void interrupt_stopsIt_andNothingIsLeft() throws IOException {
        Thread.currentThread().interrupt();
        assertThrows(
                RuntimeException.class, () -> new Quantizer(QuantizeOptions.to(Mix.Q4_K)).quantize(SOURCE, target()));
        assertTrue(Thread.interrupted());
        assertNothingLeft();
    }

    @Test
    void sourceThatIsNoModel_leavesNothing() throws IOException {
        Path source = Files.writeString(folder.resolve("page.html"), "<!DOCTYPE html>");
        assertThrows(
                ModelFormatException.class,
                () -> new Quantizer(QuantizeOptions.to(Mix.Q4_K)).quantize(source, target()));
        Files.delete(source);
        assertNothingLeft();
    }

    private <E extends PeregrineException> void assertFails(
            Class<E> kind, Path source, QuantizeOptions options, String message) throws IOException {
        E e = assertThrows(kind, () -> new Quantizer(options).quantize(source, target()));
        assertEquals(message, e.getMessage());
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".partial")));
        }
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void outlineOfOptions_refusesNonsense() {
        assertEquals(
                "type: found Q3_X, expected one of F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_K, Q5_1, Q5_0, Q4_K_M,"
                        + " Q4_K_S, Q4_K, Q4_1, Q4_0",
                assertThrows(IllegalArgumentException.class, () -> Mix.of("Q3_X")).getMessage());
        assertEquals(
                "type of a tensor: found q4_k_m, expected one of F32, F16, BF16, Q8_0, Q6_K, Q5_K, Q5_1, Q5_0, Q4_K, Q4_1,"
                        + " Q4_0",
                assertThrows(IllegalArgumentException.class, () -> Mix.type("q4_k_m")).getMessage());
        assertEquals(
                "threads: found -1, expected a number from 0 to 1024",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> QuantizeOptions.to(Mix.Q8_0).withThreads(-1))
                        .getMessage());
        assertEquals(
                "pattern: found (, expected a regular expression; Unclosed group",
                assertThrows(IllegalArgumentException.class, () -> QuantizeOptions.pattern("(")).getMessage());
        assertEquals(Mix.Q4_K_M, Mix.of("q4_K_m"));
        assertEquals(Map.of(), QuantizeOptions.to(Mix.Q8_0).tensorTypes());
    }
}
