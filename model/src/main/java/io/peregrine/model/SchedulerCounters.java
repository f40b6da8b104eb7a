package io.peregrine.model;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// What a scheduler counts. Safe for any thread.
final class SchedulerCounters {

    /// How much the last request changes the mean.
    private static final double NEWEST = 0.2;

    final LongAdder submitted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder completed = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder promptTokens = new LongAdder();
    final LongAdder reusedTokens = new LongAdder();
    final LongAdder answerTokens = new LongAdder();
    final LongAdder steps = new LongAdder();
    final LongAdder encodedPictures = new LongAdder();
    final AtomicLong idleSequences = new AtomicLong();
    final AtomicLong cacheBytes = new AtomicLong();
    private final AtomicLong meanNanos = new AtomicLong();

    /// A request has ended that ran so long.
    void ran(long nanos) {
        meanNanos.updateAndGet(mean -> mean == 0 ? nanos : (long) (mean + NEWEST * (nanos - mean)));
    }

    /// How long requests run by now; 0 before the first has ended.
    long meanNanos() {
        return meanNanos.get();
    }
}
