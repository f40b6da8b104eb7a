package io.peregrine.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The requests that a scheduler has taken: those that wait, in the order in which they came, and how many others there
/// are. Safe for any thread; nothing is computed while its lock is held.
final class RequestQueue {

    private static final double NANOS = 1e9;

    private final int sequences;
    private final int places;
    private final SchedulerCounters counters;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Request> waiting = new ArrayDeque<>();

    /// Those that wait or run.
    private final Set<Request> taken = new LinkedHashSet<>();

    /// Places of requests whose prompts are being made rows of.
    private int reserved;

    private boolean draining;
    private volatile boolean closed;

    /// @param sequences requests that may run at once
    /// @param places requests that may wait for that
    RequestQueue(int sequences, int places, SchedulerCounters counters) {
        this.sequences = sequences;
        this.places = places;
        this.counters = counters;
    }

    /// Takes a place, for [#add] or [#leave].
    ///
    /// @throws BusyException if there is none
    /// @throws ClosedException if no requests are taken any more
    void reserve() {
        lock.lock();
        try {
            checkOpen();
            if (taken.size() + reserved >= sequences + places) {
                counters.refused.increment();
                throw new BusyException(Math.max(0, taken.size() + reserved - sequences), retryAfter());
            }
            reserved++;
        } finally {
            lock.unlock();
        }
    }

    private void checkOpen() {
        if (closed || draining) {
            throw closedException();
        }
    }

    static ClosedException closedException() {
        return new ClosedException("the scheduler", "open another one");
    }

    /// When the next of the running requests is likely to end: before the first has ended, the oldest is taken to be
    /// half way.
    private Duration retryAfter() {
        long mean = counters.meanNanos();
        if (mean == 0 && !taken.isEmpty()) {
            mean = 2 * (System.nanoTime() - taken.iterator().next().submitted());
        }
        long running = Math.max(1, Math.min(sequences, taken.size()));
        return Duration.ofSeconds(Math.max(1, (long) Math.ceil(mean / NANOS / running)));
    }

    /// Gives a reserved place back.
    void leave() {
        lock.lock();
        try {
            reserved--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Takes a request in a reserved place.
    ///
    /// @throws ClosedException if no requests are taken any more; the place is given back
    void add(Request request) {
        lock.lock();
        try {
            reserved--;
            changed.signalAll();
            checkOpen();
            taken.add(request);
            waiting.add(request);
            counters.submitted.increment();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until a request waits.
    ///
    /// @param stopped asked whenever somebody calls [#wake]
    /// @return false if there will be none
    boolean await(BooleanSupplier stopped) {
        lock.lock();
        try {
            while (!closed && !stopped.getAsBoolean() && waiting.isEmpty()) {
                changed.awaitUninterruptibly();
            }
            return !closed && !stopped.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    /// Has [#await] look again.
    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The request that came first and still waits, which then waits no more; or null.
    @Nullable
    Request poll() {
        lock.lock();
        try {
            return waiting.poll();
        } finally {
            lock.unlock();
        }
    }

    /// Takes a request out if it still waits.
    ///
    /// @return whether it did
    boolean remove(Request request) {
        lock.lock();
        try {
            return waiting.remove(request);
        } finally {
            lock.unlock();
        }
    }

    /// A request has ended.
    void ended(Request request) {
        lock.lock();
        try {
            taken.remove(request);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Requests that run.
    int running() {
        lock.lock();
        try {
            return taken.size() - waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /// Requests that wait.
    int waiting() {
        lock.lock();
        try {
            return waiting.size() + reserved;
        } finally {
            lock.unlock();
        }
    }

    /// Takes no more requests, and waits until there are none.
    ///
    /// @return those that are left after that time
    /// @throws InterruptedException if the thread is interrupted meanwhile
    List<Request> drain(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            draining = true;
            while (!taken.isEmpty() || reserved > 0) {
                if (left <= 0) {
                    return List.copyOf(taken);
                }
                left = changed.awaitNanos(left);
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /// Those that wait or run.
    List<Request> taken() {
        lock.lock();
        try {
            return List.copyOf(taken);
        } finally {
            lock.unlock();
        }
    }

    /// Takes no more requests.
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }
}
