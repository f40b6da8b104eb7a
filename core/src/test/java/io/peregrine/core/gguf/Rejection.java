package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.peregrine.core.PeregrineException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// Opens files that must be refused, and looks at how: the whole message, and the memory it took.
final class Rejection {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// What a refusal may allocate beyond a few times the file: the exception, the mapping, names.
    private static final long ALLOWED_BYTES = 1 << 20;

    /// What it may take for each megabyte, the best of some attempts: others use the machine too.
    private static final long ALLOWED_NANOS = 50_000_000;

    private static final int ATTEMPTS = 5;

    static {
        // Loads the classes, whose first use would be counted otherwise.
        for (byte[] sample : BadFiles.samples()) {
            try {
                Contents contents = Contents.read("warm-up", MemorySegment.ofArray(sample), GgufLimits.DEFAULT);
                contents.metadata().keys().forEach(contents.metadata()::value);
                contents.table().forEach(info -> {});
            } catch (PeregrineException e) {
                // Most samples are bad.
                continue;
            }
        }
    }

    private final Path file;

    /// @param directory where the files are made
    Rejection(Path directory) {
        this.file = directory.resolve("m.gguf");
    }

    Path file() {
        return file;
    }

    /// Opening a file of these bytes ends in exactly this exception, its message being the file's name, a
    /// colon, a space and this text.
    void assertFails(byte[] bytes, Class<? extends PeregrineException> type, String message) throws IOException {
        assertFails(bytes, GgufOptions.DEFAULT, type, message);
    }

    void assertFails(byte[] bytes, GgufOptions options, Class<? extends PeregrineException> type, String message)
            throws IOException {
        Files.write(file, bytes);
        long before = allocated();
        PeregrineException e = assertThrows(PeregrineException.class, () -> open(options));
        long allocated = allocated() - before;
        assertEquals(type + "\n" + file + ": " + message, e.getClass() + "\n" + e.getMessage());
        assertTrue(allocated < ALLOWED_BYTES + 4L * bytes.length, "allocated " + allocated);
        assertQuick(
                () -> assertThrows(PeregrineException.class, () -> open(options)),
                ALLOWED_NANOS * Math.ceilDiv(bytes.length + 1, 1 << 20),
                "refusal");
    }

    /// Whether something takes less than 50 ms, disturbances apart.
    static void assertQuick(Runnable action, String what) {
        assertQuick(action, ALLOWED_NANOS, what);
    }

    private static void assertQuick(Runnable action, long allowedNanos, String what) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS && best >= allowedNanos; i++) {
            long start = System.nanoTime();
            action.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        assertTrue(best < allowedNanos, what + " took " + best + " ns");
    }

    private void open(GgufOptions options) {
        GgufFile.open(file, options).close();
    }

    /// Bytes that this thread has allocated so far.
    static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
