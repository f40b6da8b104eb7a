package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The second promise: rejecting a file of n bytes takes time in proportion to n and at most n + 64 MB of memory. Files
/// that are made to cost as much as they can, and whose last bytes are wrong.
class RejectionCostTest {

    private static final int SMALL_BYTES = 256 << 10;
    private static final int TIMES = 8;
    private static final int LARGE_BYTES = 8 << 20;
    private static final int SPARE_MEGABYTES = 64;

    /// More tensors than by default, so that it is not their number that is refused.
    private static final GgufOptions OPTIONS =
            GgufOptions.DEFAULT.withLimits(new GgufLimits(100_000, 1 << 20, 1 << 27, 64 << 20, 8, 64 << 10, 63));

    @TempDir
    private Path directory;

    /// Files of a kind.
    ///
    /// @param file makes one of about so many bytes
    private record Shape(String name, IntFunction<byte[]> file) {

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Shape> shapes() {
        return List.of(
                new Shape("tensors", n -> tensors(n / 40)),
                new Shape("keys", n -> keys(Math.min(n / 24, 99_000))),
                new Shape("long keys", n -> longKeys(n / 60_000)),
                new Shape("a string of many alphabets", n -> bad(1).key("a", GgufType.STRING).string(wide(n)).toBytes()),
                new Shape("strings of many alphabets", n -> texts(n / 60_000)),
                new Shape("short strings", n -> strings(n / 9, "x")),
                new Shape("empty strings", n -> strings(n / 8, "")),
                new Shape("numbers", n -> bad(1).array("a", GgufType.FLOAT64, n / 8).zeros(n).toBytes()),
                new Shape("bools", n -> bad(1).array("a", GgufType.BOOL, n).zeros(n).toBytes()),
                new Shape("arrays of nothing", n -> arrays(n / 12)));
    }

    /// Keys that are counted, and one that is not there.
    private static GgufBytes bad(int keys) {
        return GgufBytes.header(0, keys + 1L);
    }

    private static byte[] tensors(int count) {
        GgufBytes file = GgufBytes.header(count + 1L, 0);
        for (int i = 0; i < count; i++) {
            file.tensor(String.format("%07x", i), BadFiles.I8, 0, 0);
        }
        return file.tensor("bad", 999, 0, 0).toBytes();
    }

    private static byte[] keys(int count) {
        GgufBytes file = bad(count);
        for (int i = 0; i < count; i++) {
            file.key(String.format("%07x", i), GgufType.UINT64).u64(-1);
        }
        return file.toBytes();
    }

    private static byte[] longKeys(int count) {
        GgufBytes file = bad(count);
        String tail = wide(60_000);
        for (int i = 0; i < count; i++) {
            file.key(String.format("%07x", i) + tail, GgufType.BOOL).u8(0);
        }
        return file.toBytes();
    }

    private static byte[] texts(int count) {
        GgufBytes file = bad(count);
        String text = wide(60_000);
        for (int i = 0; i < count; i++) {
            file.key(String.format("%07x", i), GgufType.STRING).string(text);
        }
        return file.toBytes();
    }

    /// A string that takes two bytes a letter in Java.
    private static String wide(int bytes) {
        return "x".repeat(Math.min(bytes, 60 << 20)) + "\u4e2d";
    }

    private static byte[] strings(int count, String text) {
        GgufBytes file = bad(1).array("a", GgufType.STRING, count);
        byte[] one = new GgufBytes().string(text).toBytes();
        for (int i = 0; i < count; i++) {
            file.raw(one);
        }
        return file.toBytes();
    }

    private static byte[] arrays(int count) {
        GgufBytes file = bad(1).array("a", GgufType.ARRAY, count);
        byte[] one = new GgufBytes().u32(GgufType.STRING.id()).u64(0).toBytes();
        for (int i = 0; i < count; i++) {
            file.raw(one);
        }
        return file.toBytes();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void time_growsWithTheFile(Shape shape) throws IOException {
        Path small = Files.write(directory.resolve("small.gguf"), shape.file().apply(SMALL_BYTES));
        Path large = Files.write(directory.resolve("large.gguf"), shape.file().apply(TIMES * SMALL_BYTES));
        long nanos = Math.max(best(small), 1_000_000);
        long limit = 4 * TIMES * nanos;
        long found = best(large);
        assertTrue(found < limit, found + " ns for " + TIMES + " times what takes " + nanos + " ns");
    }

    private static long best(Path file) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            assertThrows(PeregrineException.class, () -> GgufFile.open(file, OPTIONS));
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    /// The program of the started JVM: opens files, and says which were refused.
    static final class Program {
        private Program() {}

        public static void main(String[] files) {
            for (String file : files) {
                try (GgufFile open = GgufFile.open(Path.of(file), OPTIONS)) {
                    System.out.println(open.path() + " is good");
                } catch (PeregrineException e) {
                    System.out.println("refused");
                }
            }
        }
    }

    @Test
    @DisplayName("a JVM with n + 64 MB of heap refuses every file of n bytes")
    void memory_isTheSizeOfTheFileAnd64Megabytes() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + ((LARGE_BYTES >> 20) + SPARE_MEGABYTES) + "m",
                "-Xmn8m",
                "-XX:+UseSerialGC",
                "-cp",
                location(GgufFile.class) + File.pathSeparator + location(Program.class),
                Program.class.getName()));
        List<Shape> shapes = shapes();
        for (int i = 0; i < shapes.size(); i++) {
            Path file = directory.resolve(i + ".gguf");
            command.add(Files.write(file, shapes.get(i).file().apply(LARGE_BYTES)).toString());
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String expected = String.join("", Collections.nCopies(shapes.size(), "refused\n"));
        assertEquals(expected, output);
        assertEquals(0, process.waitFor());
    }

    /// The folder or archive that a class was loaded from; patched modules do not say it of their tests.
    private static String location(Class<?> type) {
        String name = type.getName();
        URL file = Objects.requireNonNull(type.getResource(name.substring(name.lastIndexOf('.') + 1) + ".class"));
        if (!file.getProtocol().equals("file")) {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
        }
        Path folder = Path.of(file.getPath());
        for (int i = 0; i < name.split("\\.").length; i++) {
            folder = Objects.requireNonNull(folder.getParent());
        }
        return folder.toString();
    }
}
