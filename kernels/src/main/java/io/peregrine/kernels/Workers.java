package io.peregrine.kernels;

import io.peregrine.kernels.internal.Cores;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Persistent threads that share the tasks of one call.
///
/// A result never depends on the number of workers: tasks are independent, and each writes its own part.
///
/// The calling thread is worker 0 and takes tasks like the others. Between calls the others spin for a short time,
/// then sleep: the kernels of one token follow each other faster than a thread can be woken. A call hands out its
/// tasks by a counter and waits only for those workers that have begun one, so a worker that the operating system
/// does not run in time costs nothing but its help. A call allocates nothing.
///
/// Any thread may call [#run]. If the workers are busy with another call, from another thread or from around this one,
/// the caller runs all tasks itself, with the same results.
public final class Workers implements AutoCloseable {

    /// One of the independent parts of a call.
    @FunctionalInterface
    public interface Task {
        /// @param index which part, from 0
        /// @param worker which thread, from 0 to `threads - 1`: an index for scratch memory
        void run(int index, int worker);
    }

    private static final long SPIN_NANOS = 50_000;
    private static final long NAP_NANOS = 50_000;
    private static final int SPINS_BETWEEN_CLOCKS = 32;
    private static final int YIELDS = 200;

    // Two counters that all threads write, each in a cache line of its own. GATE holds the number of the call (upper
    // half), whether workers may still join it (OPEN), and how many are in it (the rest). NEXT is the next task.
    private static final int GATE = 16;
    private static final int NEXT = 32;
    private static final long OPEN = 1L << 31;
    private static final long INSIDE = OPEN - 1;
    private static final long CALL = 1L << 32;
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OWNER = field("owner", Thread.class);
    private static final VarHandle FAILURE = field("failure", Throwable.class);

    private final int threads;
    private final Helper[] helpers;
    private final long[] counters = new long[48];

    private volatile boolean closed;

    /// The thread whose call the workers are busy with; null when they are free.
    @SuppressWarnings("unused")
    private volatile @Nullable Thread owner;

    @SuppressWarnings("unused")
    private volatile @Nullable Throwable failure;

    // Of the current call; published by opening the gate, and left alone until all workers are out.
    private int count;
    private @Nullable Task task;

    /// @param threads at least 1, the calling thread included
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("workers need at least 1 thread, not " + threads);
        }
        this.threads = threads;
        this.helpers = new Helper[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(i + 1);
        }
        for (Helper helper : helpers) {
            helper.start();
        }
    }

    /// How many threads are best: one per physical core that this process may use, within the limits of its cgroup.
    public static int defaultThreads() {
        return Cores.usable();
    }

    public int threads() {
        return threads;
    }

    /// Runs tasks `0..count-1` and returns when all are done.
    ///
    /// If one throws, those not yet begun are left out, and the first exception is thrown here when the others have
    /// ended. The workers remain usable.
    ///
    /// @throws IllegalStateException after [#close]
    public void run(int count, Task task) {
        if (closed) {
            throw new IllegalStateException("the workers are closed");
        }
        if (count <= 1 || helpers.length == 0 || !OWNER.compareAndSet(this, null, Thread.currentThread())) {
            runAlone(count, task);
            return;
        }
        runTogether(count, task);
        Throwable thrown = failure;
        failure = null;
        this.task = null;
        owner = null;
        if (thrown != null) {
            throw Workers.<RuntimeException>unchecked(thrown);
        }
    }

    private void runAlone(int count, Task task) {
        int worker = Thread.currentThread() instanceof Helper helper && helper.workers() == this ? helper.index : 0;
        for (int i = 0; i < count; i++) {
            task.run(i, worker);
        }
    }

    private void runTogether(int count, Task task) {
        this.count = count;
        this.task = task;
        counters[NEXT] = 0;
        long gate = ((long) COUNTER.getVolatile(counters, GATE) & -CALL) + CALL;
        COUNTER.setVolatile(counters, GATE, gate | OPEN);
        int helping = Math.min(helpers.length, count - 1);
        for (int i = 0; i < helping; i++) {
            helpers[i].wake();
        }
        takeTasks(0);
        COUNTER.getAndBitwiseAnd(counters, GATE, ~OPEN);
        waitUntilEmpty();
    }

    private void takeTasks(int worker) {
        Task current = task;
        if (current == null) {
            throw new IllegalStateException("no task in an open call");
        }
        int end = count;
        try {
            while (failure == null) {
                long index = (long) COUNTER.getAndAdd(counters, NEXT, 1L);
                if (index >= end) {
                    return;
                }
                current.run((int) index, worker);
            }
        } catch (Throwable t) {
            FAILURE.compareAndSet(this, null, t);
        }
    }

    private void waitUntilEmpty() {
        for (int round = 0; ((long) COUNTER.getVolatile(counters, GATE) & INSIDE) != 0; round++) {
            if (round < 1000) {
                Thread.onSpinWait();
            } else if (round < 1000 + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(this, NAP_NANOS);
            }
        }
    }

    /// Ends the threads and waits until they have ended; to be called when no call runs.
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper);
        }
        for (Helper helper : helpers) {
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T unchecked(Throwable t) throws T {
        throw (T) t;
    }

    private static VarHandle field(String name, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Workers.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// A thread of the pool.
    private final class Helper extends Thread {

        private final int index;
        private volatile boolean sleeping;

        Helper(int index) {
            super("peregrine-worker-" + index);
            this.index = index;
            setDaemon(true);
        }

        Workers workers() {
            return Workers.this;
        }

        void wake() {
            if (sleeping) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            long seen = 0;
            while (!closed) {
                long gate = awaitCall(seen);
                if ((gate & OPEN) != 0 && COUNTER.compareAndSet(counters, GATE, gate, gate + 1)) {
                    seen = gate & -CALL;
                    takeTasks(index);
                    COUNTER.getAndAdd(counters, GATE, -1L);
                }
            }
        }

        /// Waits for a call other than `seen` that may be joined, or for [#close].
        private long awaitCall(long seen) {
            long spinUntil = System.nanoTime() + SPIN_NANOS;
            for (int round = 1; ; round++) {
                long gate = (long) COUNTER.getVolatile(counters, GATE);
                if (closed || isNew(gate, seen)) {
                    return gate;
                }
                if (round % SPINS_BETWEEN_CLOCKS != 0 || System.nanoTime() - spinUntil < 0) {
                    Thread.onSpinWait();
                } else {
                    rest(seen);
                    spinUntil = System.nanoTime() + SPIN_NANOS;
                }
            }
        }

        private void rest(long seen) {
            sleeping = true;
            if (!closed && !isNew((long) COUNTER.getVolatile(counters, GATE), seen)) {
                LockSupport.park(Workers.this);
                // An interrupt would end every later sleep at once; nobody has a reason to interrupt these threads.
                Thread.interrupted();
            }
            sleeping = false;
        }

        private static boolean isNew(long gate, long seen) {
            return (gate & OPEN) != 0 && (gate & -CALL) != seen;
        }
    }
}
