package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Bytes that calls allocate on the calling thread, once they are compiled.
final class Allocations {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int BATCH = 200;

    /// How long the compiler may take on a busy machine.
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private Allocations() {}

    /// Asserts that a batch of calls allocates nothing, as soon as the compiler is done with them.
    static void assertNoneWhenWarm(Runnable call) {
        long start = System.nanoTime();
        long bytes;
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < BATCH; i++) {
                call.run();
            }
            bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        } while (bytes > 0 && System.nanoTime() - start < PATIENCE_NANOS);
        assertEquals(0, bytes, "bytes allocated by " + BATCH + " warm calls");
    }
}
