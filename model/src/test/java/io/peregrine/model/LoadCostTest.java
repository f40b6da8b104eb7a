package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Workers;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What it takes to refuse a model. Vocabularies larger than any model has are refused before their millions of short strings
/// become objects, which take many times as much as in the file; large ones are read without such objects.
class LoadCostTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long SPARE_BYTES = 64 << 20;
    private static final int MOST_TENSORS = 1 << 16;
    private static final int MANY_TOKENS = 1 << 20;
    private static final int MOST = 1 << 22;

    @TempDir
    private Path folder;

    private static GgufWriter model() {
        return new GgufWriter()
                .string("general.architecture", "llama")
                .string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "gpt-2");
    }

    /// The program of the started JVM: loads models, and says how each was refused.
    static final class Program {
        private Program() {}

        public static void main(String[] files) {
            for (String file : files) {
                try (Model model = Model.load(Path.of(file))) {
                    System.out.println(model.notes());
                } catch (PeregrineException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    /// The outputs of a JVM with so much heap.
    private static String load(long megabytes, Path file) throws IOException, InterruptedException {
        String classPath = Stream.of(Model.class, Program.class, Workers.class, GgufWriter.class)
                .map(ChildJvm::location)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + megabytes + "m",
                        "-Xmn8m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        Program.class.getName(),
                        file.toString())
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return output + errors.lines().filter(line -> line.contains("OutOfMemory")).collect(Collectors.joining());
    }

    private static long megabytes(Path file, int times) throws IOException {
        return times * Math.ceilDiv(Files.size(file), 1 << 20) + 64;
    }

    @Test
    @DisplayName("a JVM with n + 64 MB of heap refuses a file of as many tensors as are allowed")
    void mostTensors() throws IOException, InterruptedException {
        GgufWriter file = new GgufWriter();
        for (int i = 0; i < MOST_TENSORS; i++) {
            file.tensor("t" + i, TensorType.I8, Shape.of(0), MemorySegment.ofArray(new byte[0]));
        }
        Path path = folder.resolve("m.gguf");
        file.write(path);
        assertEquals(
                path + ": key general.architecture: found nothing, expected string\n", load(megabytes(path, 1), path));
    }

    @Test
    @DisplayName("a JVM with 3 n + 64 MB of heap refuses a file of a million tokens and merges")
    void largeVocabulary() throws IOException, InterruptedException {
        String[] tokens = new String[MANY_TOKENS];
        System.arraycopy(bytes(), 0, tokens, 0, 256);
        for (int i = 256; i < tokens.length; i++) {
            tokens[i] = Integer.toString(i, 36);
        }
        Path path = folder.resolve("m.gguf");
        model().string("general.name", "large")
                .strings("tokenizer.ggml.tokens", tokens)
                .strings("tokenizer.ggml.merges", many(MANY_TOKENS, "a b"))
                .write(path);
        assertEquals(
                path + ": key llama.attention.head_count: found nothing, expected uint32\n",
                load(megabytes(path, 3), path));
    }

    private static String[] many(int count, String text) {
        String[] texts = new String[count];
        Arrays.fill(texts, text);
        return texts;
    }

    private void assertLimit(GgufWriter file, String message) throws IOException {
        Path path = folder.resolve("m.gguf");
        file.write(path);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        PeregrineException e = assertThrows(ResourceLimitException.class, () -> Model.load(path));
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertEquals(path + ": key tokenizer.ggml." + message, e.getMessage());
        assertTrue(allocated < Files.size(path) + SPARE_BYTES, "allocated " + allocated + " of " + Files.size(path));
    }

    @Test
    @DisplayName("34 vocab-lengths-disagree: one more token than allowed in a file")
    void tokens() throws IOException {
        assertLimit(
                model().strings("tokenizer.ggml.tokens", many(MOST + 1, "x")),
                "tokens: 4194305 tokens exceeds the limit of 4194304 tokens; no known model has a vocabulary of that"
                        + " size, check where the file comes from");
    }

    @Test
    @DisplayName("36 merges-malformed: one more than allowed in a file")
    void merges() throws IOException {
        assertLimit(
                model().strings("tokenizer.ggml.tokens", bytes())
                        .strings("tokenizer.ggml.merges", many(MOST + 1, "a b")),
                "merges: 4194305 merges exceeds the limit of 4194304 merges; no known model has that many, check where"
                        + " the file comes from");
    }

    /// The tokens of the 256 bytes.
    private static String[] bytes() {
        String[] bytes = new String[256];
        for (int value = 0; value < bytes.length; value++) {
            boolean shown = value > ' ' && value < 0x7f || value > 0xa0 && value != 0xad;
            bytes[value] = shown ? Character.toString(value) : "";
        }
        int next = 256;
        for (int value = 0; value < bytes.length; value++) {
            if (bytes[value].isEmpty()) {
                bytes[value] = Character.toString(next++);
            }
        }
        return bytes;
    }
}
