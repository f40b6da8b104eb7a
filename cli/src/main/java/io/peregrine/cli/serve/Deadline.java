package io.peregrine.cli.serve;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A point in time at which something is done, unless it is moved or cleared before. Cheap to move: the event loop gets
/// a new task only when the old one fires too early or would fire too late. For the thread of its event loop.
final class Deadline {

    private final EventLoop loop;
    private final Runnable action;
    private boolean set;
    private long at;
    private @Nullable ScheduledFuture<?> task;
    private long taskAt;

    Deadline(EventLoop loop, Runnable action) {
        this.loop = loop;
        this.action = action;
    }

    /// Moves it to a time from now.
    void in(Duration time) {
        moveTo(System.nanoTime() + time.toNanos());
    }

    /// @param nanos of `System.nanoTime`
    void moveTo(long nanos) {
        set = true;
        at = nanos;
        if (task == null || taskAt - at > 0) {
            schedule();
        }
    }

    void clear() {
        set = false;
    }

    boolean isSet() {
        return set;
    }

    /// Clears it for good.
    void close() {
        set = false;
        if (task != null) {
            task.cancel(false);
            task = null;
        }
    }

    private void schedule() {
        if (task != null) {
            task.cancel(false);
        }
        taskAt = at;
        task = loop.schedule(this::fire, Math.max(0, at - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void fire() {
        task = null;
        if (!set) {
            return;
        }
        if (at - System.nanoTime() > 0) {
            schedule();
        } else {
            set = false;
            action.run();
        }
    }
}
