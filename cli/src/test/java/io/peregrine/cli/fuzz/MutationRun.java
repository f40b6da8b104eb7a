package io.peregrine.cli.fuzz;

import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Gives a target many damaged inputs, on two threads, and watches what each does, takes and allocates.
///
/// Every input follows from one number, the target's name and the number of the case, so any case can be made again
/// alone. A case that finds a fault is written to `target/fuzz`.
///
/// System properties: `peregrine.fuzz.seed` begins with another number, `peregrine.fuzz.factor` multiplies the number
/// of cases, `peregrine.fuzz.case` (a file) runs one written case only, see [SeededMutationTest].
final class MutationRun {

    private static final long SEED = Long.getLong("peregrine.fuzz.seed", 20_261_123);
    private static final double FACTOR = Double.parseDouble(System.getProperty("peregrine.fuzz.factor", "1"));
    private static final Path FOLDER = Path.of("target/fuzz");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WORKERS = 2;
    /// Small, so that a recursion without limit is found.
    private static final int STACK_BYTES = 512 << 10;
    /// Each thread's first cases load and link classes, which allocates.
    private static final int UNMEASURED = 200;
    /// Of one case on an idle processor or a busy one.
    private static final long CPU_MILLIS = 2_000;

    private static final long WALL_SECONDS = 60;

    private final Target target;
    private final List<byte[]> seeds;
    private final int cases;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicReference<@Nullable AssertionError> fault = new AtomicReference<>();

    private MutationRun(Target target, int cases) {
        this.target = target;
        this.seeds = target.seeds();
        this.cases = (int) (cases * FACTOR);
    }

    /// Runs so many cases, times the factor.
    ///
    /// @return the share of inputs that were accepted
    static double of(Target target, int cases) {
        return new MutationRun(target, cases).run();
    }

    /// Runs one input.
    static void of(Target target, byte[] input) {
        MutationRun run = new MutationRun(target, 0);
        run.take("this input", input, true);
        AssertionError found = run.fault.get();
        if (found != null) {
            throw found;
        }
    }

    private double run() {
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            workers.add(new Worker());
        }
        workers.forEach(Thread::start);
        while (workers.stream().anyMatch(Thread::isAlive)) {
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            for (Worker worker : workers) {
                worker.checkProgress();
            }
        }
        AssertionError found = fault.get();
        if (found != null) {
            throw found;
        }
        return accepted.get() / (double) cases;
    }

    private byte[] input(int number) {
        SplittableRandom random = new SplittableRandom(SEED + 31L * target.name().hashCode() + ((long) number << 32));
        return target.damaged(seeds.get(random.nextInt(seeds.size())), random);
    }

    /// One input; what is wrong with how it was taken ends the run.
    private void take(String what, byte[] input, boolean measured) {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long cpu = THREADS.getCurrentThreadCpuTime();
        try {
            if (target.accepts(input)) {
                accepted.incrementAndGet();
            }
        } catch (Throwable e) {
            found(what + " ended in " + e, input, e);
        }
        long millis = (THREADS.getCurrentThreadCpuTime() - cpu) / 1_000_000;
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        if (measured && millis > CPU_MILLIS) {
            found(what + " took " + millis + " ms, more than " + CPU_MILLIS, input, null);
        }
        if (measured && bytes > target.allowedBytes(input.length)) {
            found(
                    what + " allocated " + bytes + " bytes, more than " + target.allowedBytes(input.length),
                    input,
                    null);
        }
    }

    private void found(String what, byte[] input, @Nullable Throwable cause) {
        Path file = FOLDER.resolve(target.name()).resolve(Integer.toHexString(Arrays.hashCode(input)));
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        fault.compareAndSet(
                null,
                new AssertionError(
                        "target " + target.name() + ", seed " + SEED + ": " + what + "\nThe input of " + input.length
                                + " bytes is in cli/" + file + "; to repeat it: mvn -pl cli -am test"
                                + " -Dsurefire.failIfNoSpecifiedTests=false -Dtest=SeededMutationTest"
                                + " -Dperegrine.fuzz.case=" + target.name() + "/" + file.getFileName(),
                        cause));
    }

    /// Takes cases until there are none, or one has found a fault.
    private final class Worker extends Thread {

        private volatile int current = -1;
        private volatile long since = System.nanoTime();

        Worker() {
            super(null, null, "fuzz " + target.name(), STACK_BYTES);
            setDaemon(true);
            setUncaughtExceptionHandler((thread, e) -> fault.compareAndSet(null, new AssertionError(e)));
        }

        @Override
        public void run() {
            int done = 0;
            for (int i = next.getAndIncrement(); i < cases && fault.get() == null; i = next.getAndIncrement()) {
                byte[] input = input(i);
                since = System.nanoTime();
                current = i;
                take("case " + i, input, done++ >= UNMEASURED);
            }
            current = -1;
        }

        void checkProgress() {
            int number = current;
            if (number >= 0 && System.nanoTime() - since > TimeUnit.SECONDS.toNanos(WALL_SECONDS)) {
                AssertionError where = new AssertionError("it was here");
                where.setStackTrace(getStackTrace());
                found("case " + number + " has not ended for " + WALL_SECONDS + " s", input(number), where);
                fail(fault.get());
            }
        }
    }
}
