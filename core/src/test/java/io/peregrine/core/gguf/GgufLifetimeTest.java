package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.memory.Lease;
import io.peregrine.core.memory.LoadListener;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When the memory of a model is there and when it is gone; files that change under it.
class GgufLifetimeTest {

    private static final GgufOptions COPIED = GgufOptions.DEFAULT.withCopyWeights(true);
    private static final int WEIGHT_BYTES = 40 << 20;
    private static final String CHANGED = "; a model file in use must not be written to: replace it by renaming another"
            + " one over it, or load with copied weights; load it again now";

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void prepare() throws IOException {
        path = Files.write(directory.resolve("m.gguf"), BadFiles.data(64));
    }

    /// A file with 40 MiB of seeded weights in two tensors.
    private static Path large() {
        Path large = shared.resolve("large.gguf");
        if (Files.notExists(large)) {
            byte[] data = new byte[WEIGHT_BYTES / 2];
            new Random(1).nextBytes(data);
            new GgufWriter()
                    .tensor("a", TensorType.I8, Shape.of(data.length), MemorySegment.ofArray(data))
                    .tensor("b", TensorType.I8, Shape.of(data.length), MemorySegment.ofArray(data))
                    .write(large);
        }
        return large;
    }

    private static byte first(Tensor tensor) {
        return tensor.data().get(ValueLayout.JAVA_BYTE, 0);
    }

    private static void assertGone(Tensor tensor) {
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> first(tensor));
        assertEquals("Already closed", e.getMessage());
    }

    @DisplayName("66 lifetime-and-memory faults")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void row66_close_endsTensors(boolean copy) {
        GgufFile file = GgufFile.open(path, GgufOptions.DEFAULT.withCopyWeights(copy));
        Tensor tensor = file.tensor("a");
        assertEquals(0, first(tensor));
        file.close();
        file.close();
        assertGone(tensor);
        assertGone(file.tensor("a"));
        assertEquals(0, file.metadata().keys().size());
        assertEquals(
                "the model's memory is closed",
                assertThrows(IllegalStateException.class, file::lease).getMessage());
        assertThrows(IllegalStateException.class, file::checkUnchanged);
        assertThrows(IllegalStateException.class, () -> file.prefault(LoadListener.NONE));
    }

    @DisplayName("66 lifetime-and-memory faults")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void row66_leases_keepTensorsUntilTheLastIsClosed(boolean copy) {
        GgufFile file = GgufFile.open(path, GgufOptions.DEFAULT.withCopyWeights(copy));
        Tensor tensor = file.tensor("a");
        Lease first = file.lease();
        Lease second = file.lease();
        file.close();
        assertThrows(IllegalStateException.class, file::lease);
        assertEquals(0, first(tensor));
        file.checkUnchanged();
        first.close();
        first.close();
        assertEquals(0, first(tensor));
        second.close();
        assertGone(tensor);
    }

    @Test
    void leasesClosedBeforeTheFile_keepItOpen() {
        try (GgufFile file = GgufFile.open(path)) {
            file.lease().close();
            file.lease().close();
            assertEquals(0, first(file.tensor("a")));
        }
    }

    @Test
    void leases_fromManyThreads_freeOnce() throws InterruptedException {
        GgufFile file = GgufFile.open(path);
        Tensor tensor = file.tensor("a");
        CountDownLatch taken = new CountDownLatch(8);
        CountDownLatch closed = new CountDownLatch(1);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try (Lease _ = file.lease()) {
                    taken.countDown();
                    closed.await();
                    for (int k = 0; k < 1000; k++) {
                        first(tensor);
                    }
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        taken.await();
        file.close();
        closed.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
        assertGone(tensor);
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void row66_leak() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        Assumptions.assumeTrue(Files.isDirectory(descriptors), "this system does not list descriptors in /proc");
        long[] before = {};
        for (int i = 0; i < 1000; i++) {
            GgufOptions options = i % 10 == 0 ? COPIED : GgufOptions.DEFAULT;
            try (GgufFile file = GgufFile.open(path, options)) {
                assertEquals(0, first(file.tensor("a")));
            }
            if (i == 99) {
                before = resources(descriptors);
            }
        }
        long[] after = resources(descriptors);
        for (int i = 0; i < after.length; i++) {
            // The JVM opens and maps a few things of its own meanwhile; a leak would be 900.
            assertTrue(after[i] < before[i] + 50, "resource " + i + ": " + before[i] + " became " + after[i]);
        }
    }

    /// Descriptors, mappings and threads of this process.
    private static long[] resources(Path descriptors) throws IOException {
        try (Stream<Path> open = Files.list(descriptors);
                Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return new long[] {
                open.count(), mappings.count(), Thread.getAllStackTraces().size()
            };
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void row66_truncated_isFoundAtTheNextRequest() throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            file.checkUnchanged();
            try (RandomAccessFile other = new RandomAccessFile(path.toFile(), "rw")) {
                other.setLength(100);
            }
            assertFileFails(
                    file::checkUnchanged, path, "changed while in use: found 100 bytes, expected 160" + CHANGED);
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void rewrittenInPlace_isFoundAtTheNextRequest() throws IOException {
        FileTime opened = FileTime.fromMillis(1_700_000_000_000L);
        FileTime written = FileTime.fromMillis(1_700_000_001_000L);
        Files.setLastModifiedTime(path, opened);
        try (GgufFile file = GgufFile.open(path)) {
            file.checkUnchanged();
            Files.setLastModifiedTime(path, written);
            assertFileFails(
                    file::checkUnchanged,
                    path,
                    "changed while in use: found modification time 2023-11-14T22:13:21Z, expected"
                            + " 2023-11-14T22:13:20Z" + CHANGED);
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void replacedByRenaming_goesOnWithTheOldFile() throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            Path other = Files.write(directory.resolve("other.gguf"), BadFiles.toy());
            Files.move(other, path, StandardCopyOption.ATOMIC_MOVE);
            file.checkUnchanged();
            assertEquals(0, first(file.tensor("a")));
            Files.delete(path);
            file.checkUnchanged();
            assertEquals(0, first(file.tensor("a")));
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void copiedWeights_surviveAnything() throws IOException {
        try (GgufFile file = GgufFile.open(large(), COPIED)) {
            byte[] expected = new byte[WEIGHT_BYTES / 2];
            new Random(1).nextBytes(expected);
            Path own = Files.copy(large(), directory.resolve("own.gguf"));
            try (GgufFile copied = GgufFile.open(own, COPIED)) {
                Files.write(own, new byte[10]);
                copied.checkUnchanged();
                copied.prefault(LoadListener.NONE);
                for (String name : List.of("a", "b")) {
                    assertEquals(
                            -1,
                            MemorySegment.ofArray(expected)
                                    .mismatch(copied.tensor(name).data()));
                }
            }
            assertEquals(
                    -1,
                    MemorySegment.ofArray(expected).mismatch(file.tensor("a").data()));
        }
    }

    @Test
    void copiedTensors_areReadOnly() {
        try (GgufFile file = GgufFile.open(path, COPIED)) {
            assertTrue(file.tensor("a").data().isReadOnly());
            assertEquals(0, file.tensor("a").data().address() % 64);
        }
    }

    @Test
    void prefault_reportsUpToTheEnd() {
        List<Long> seen = new ArrayList<>();
        try (GgufFile file = GgufFile.open(large())) {
            file.prefault((done, total) -> {
                assertEquals(WEIGHT_BYTES, total);
                seen.add(done);
                return true;
            });
        }
        assertEquals((long) WEIGHT_BYTES, seen.getLast());
        assertEquals(seen.stream().sorted().toList(), seen);
    }

    @Test
    void copying_reportsUpToTheEnd() {
        List<Long> seen = new ArrayList<>();
        LoadListener listener = (done, total) -> {
            assertEquals(WEIGHT_BYTES, total);
            return seen.add(done);
        };
        GgufFile.open(large(), COPIED.withListener(listener)).close();
        assertEquals((long) WEIGHT_BYTES, seen.getLast());
    }

    @Test
    void listenerThatSaysStop_cancels() {
        LoadListener stop = (done, total) -> false;
        CancellationException e =
                assertThrows(CancellationException.class, () -> GgufFile.open(large(), COPIED.withListener(stop)));
        assertEquals(large() + ": loading was cancelled", e.getMessage());
        try (GgufFile file = GgufFile.open(large())) {
            assertThrows(CancellationException.class, () -> file.prefault(stop));
            file.prefault(LoadListener.NONE);
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void interruptedThread_cancels() {
        try {
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> GgufFile.open(path));
            assertTrue(Thread.interrupted(), "the interrupt must not be swallowed");
            try (GgufFile file = GgufFile.open(large())) {
                Thread.currentThread().interrupt();
                assertThrows(CancellationException.class, () -> file.prefault(LoadListener.NONE));
                // The check of a request must go on working after an interrupt.
                file.checkUnchanged();
                assertTrue(Thread.interrupted(), "the interrupt must not be swallowed");
                file.checkUnchanged();
            }
        } finally {
            Thread.interrupted();
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void truncatedDuringPrefault_isAnError() throws IOException {
        Path own = Files.copy(large(), directory.resolve("own.gguf"));
        try (GgufFile file = GgufFile.open(own)) {
            try (RandomAccessFile other = new RandomAccessFile(own.toFile(), "rw")) {
                other.setLength(4096);
            }
            assertFileFails(
                    () -> file.prefault(LoadListener.NONE), own, "was cut short while it was being read" + CHANGED);
        }
    }

    private static void assertFileFails(Runnable action, Path path, String message) {
        ModelFileException e = assertThrows(ModelFileException.class, action::run);
        assertEquals(path + ": " + message, e.getMessage());
    }
}
