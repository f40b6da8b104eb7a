package io.peregrine.model;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Answers many requests on one model, from any number of threads; to be closed by whoever opens it.
///
/// Requests run in the order in which they came. Those that find too many waiting are refused at once.
public final class Scheduler implements AutoCloseable {

    private static final double NANOS = 1e9;

    private final Model model;
    private final SchedulerOptions options;
    private final Session session;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Request> waiting = new ArrayDeque<>();
    private @Nullable Request current;
    private boolean draining;
    private boolean closed;
    private double meanNanos;
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong cancelled = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong promptTokens = new AtomicLong();
    private final AtomicLong reusedTokens = new AtomicLong();
    private final AtomicLong answerTokens = new AtomicLong();

    private record Request(Prompt prompt, GenerateOptions options, GenerateListener listener, Ticket ticket) {}

    Scheduler(Model model, SchedulerOptions options) {
        this.model = model;
        this.options = options;
        this.session = model.newSession(options.session());
        this.thread = new Thread(this::run, "peregrine-scheduler");
        thread.setDaemon(true);
        thread.start();
    }

    /// Takes a request, and returns at once.
    ///
    /// @param listener hears from the scheduler's own thread, and must return at once
    /// @throws BusyException if too many requests wait already
    /// @throws ContextOverflowException if the prompt does not fit
    /// @throws PromptException if the prompt is empty, or has images or regions that the model cannot see
    /// @throws ClosedException if the scheduler or the model is closed, or the scheduler takes no more requests
    public Ticket submit(Prompt prompt, GenerateOptions asked, GenerateListener listener) {
        int most = Math.min(asked.maxTokens(), options.maxTokens());
        lock.lock();
        try {
            if (closed || draining) {
                throw closedException();
            }
            model.uses().check();
            if (waiting.size() + (current == null ? 0 : 1) > options.waiting()) {
                refused.incrementAndGet();
                throw new BusyException(waiting.size(), retryAfter());
            }
            Ticket ticket = new Ticket(this::cancelCurrent);
            waiting.add(new Request(prompt, asked.withMaxTokens(most), listener, ticket));
            submitted.incrementAndGet();
            changed.signalAll();
            return ticket;
        } finally {
            lock.unlock();
        }
    }

    private static ClosedException closedException() {
        return new ClosedException("the scheduler", "open another one");
    }

    private Duration retryAfter() {
        return Duration.ofSeconds(Math.max(1, (long) Math.ceil(meanNanos / NANOS)));
    }

    private void cancelCurrent() {
        lock.lock();
        try {
            waiting.removeIf(request -> {
                if (request.ticket.isCancelled()) {
                    cancelled.incrementAndGet();
                    request.ticket.complete(new GenerateResult("", List.of(), List.of(),
                            FinishReason.CANCELLED, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO));
                    return true;
                }
                return false;
            });
            if (current != null && current.ticket.isCancelled()) {
                session.cancel();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            Request request = next();
            if (request == null) {
                return;
            }
            long start = System.nanoTime();
            try {
                GenerateResult result = session.generate(request.prompt, request.options, request.listener);
                (result.finish() == FinishReason.CANCELLED ? cancelled : completed).incrementAndGet();
                promptTokens.addAndGet(result.promptTokens());
                reusedTokens.addAndGet(result.reusedTokens());
                answerTokens.addAndGet(result.tokens().size());
                request.ticket.complete(result);
            } catch (Throwable e) {
                failed.incrementAndGet();
                request.ticket.fail(e);
            }
            lock.lock();
            try {
                meanNanos = System.nanoTime() - start;
                current = null;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private @Nullable Request next() {
        lock.lock();
        try {
            while (!closed && waiting.isEmpty()) {
                changed.awaitUninterruptibly();
            }
            current = closed ? null : waiting.poll();
            return current;
        } finally {
            lock.unlock();
        }
    }

    /// What it is doing and has done, about.
    public SchedulerStats stats() {
        lock.lock();
        try {
            return new SchedulerStats(
                    1, current == null ? 0 : 1, waiting.size(), 0, 0, 0, 0, meanNanos / NANOS,
                    submitted.get(), refused.get(), completed.get(), cancelled.get(), failed.get(),
                    promptTokens.get(), reusedTokens.get(), answerTokens.get(), 0, 0);
        } finally {
            lock.unlock();
        }
    }

    /// Takes no more requests, waits for those taken, and cancels what is not answered in time.
    ///
    /// @return whether all were answered in time
    public boolean drain(Duration timeout) {
        long left = timeout.toNanos();
        lock.lock();
        try {
            draining = true;
            while (!waiting.isEmpty() || current != null) {
                if (left <= 0) {
                    waiting.forEach(request -> request.ticket.cancel());
                    if (current != null) {
                        current.ticket.cancel();
                    }
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Ends everything: requests that wait or run end with a [ClosedException]. Closing twice does nothing.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.forEach(request -> request.ticket.fail(closedException()));
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        session.close();
    }
}
