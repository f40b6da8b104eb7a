package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Bytes that calls allocate on the calling thread, once they are compiled.
final class Allocations {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int BATCH = 200;

    /// Processor time of this thread until the compiler must be done; on a busy machine both wait alike.
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private Allocations() {}

    /// Asserts that a batch of calls allocates nothing, as soon as the compiler is done with them.
    static void assertNoneWhenWarm(Runnable call) {
        long start = THREADS.getCurrentThreadCpuTime();
        long bytes;
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < BATCH; i++) {
                call.run();
            }
            bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        } while (bytes > 0 && THREADS.getCurrentThreadCpuTime() - start < PATIENCE_NANOS);
        assertEquals(0, bytes, "bytes allocated by " + BATCH + " warm calls");
    }
}
