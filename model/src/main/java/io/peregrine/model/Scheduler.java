package io.peregrine.model;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.block.HeapLimit;
import java.time.Duration;
import java.util.List;

/// Answers many requests on one model at once, from any number of threads; to be closed by whoever opens it.
///
/// Requests begin in the order in which they came, and those that run go on together. Those that find too many waiting
/// are refused at once. What prompts have in common with others, running ones and those of some ended ones, is not
/// computed again; nor are pictures.
public final class Scheduler implements AutoCloseable {

    /// Requests at once, if not asked for more and the heap has room.
    private static final int USUAL_SEQUENCES = 8;

    private static final double NANOS = 1e9;
    private static final int CACHE_PART = 8;
    private static final int PICTURE_PART = 16;

    private final Model model;
    private final SchedulerOptions options;
    private final int sequences;
    private final int capacity;
    private final SchedulerCounters counters = new SchedulerCounters();
    private final RequestQueue queue;
    private final PictureShelf pictures;
    private final Thread thread;

    Scheduler(Model model, SchedulerOptions options) {
        this.model = model;
        this.options = options;
        this.capacity = model.contextLength(options.session(), Math.max(1, options.sequences()));
        this.sequences = sequences(model.decoder().bytes(capacity, options.session().cache()));
        this.queue = new RequestQueue(sequences, options.waiting(), counters);
        long heap = HeapLimit.bytes();
        this.pictures = new PictureShelf(options.pictureBytes() == 0 ? heap / PICTURE_PART : options.pictureBytes());
        PrefixCache prefixes = new PrefixCache(
                options.idleSequences(), options.cacheBytes() == 0 ? heap / CACHE_PART : options.cacheBytes());
        RequestRunner runner = new RequestRunner(
                model, options, sequences, capacity, queue, pictures, prefixes, counters);
        this.thread = new Thread(runner::run, "peregrine-scheduler");
        thread.setDaemon(true);
        thread.start();
    }

    private int sequences(long bytes) {
        if (options.sequences() == 0) {
            return Math.clamp(HeapLimit.bytes() / 2 / Math.max(1, bytes), 1, USUAL_SEQUENCES);
        }
        long all = bytes > Long.MAX_VALUE / options.sequences() ? Long.MAX_VALUE : bytes * options.sequences();
        HeapLimit.check(
                "keys and values of " + options.sequences() + " requests of " + capacity + " tokens at once",
                all,
                "ask for fewer or for a smaller context, or give the JVM more memory with -Xmx");
        return options.sequences();
    }

    /// Takes a request. Returns as soon as its prompt is made tokens of and its pictures have the right size.
    ///
    /// @param listener hears from the scheduler's own thread, and must return at once
    /// @throws BusyException if too many requests wait already
    /// @throws ContextOverflowException if the prompt does not fit
    /// @throws PromptException if the prompt is empty, or has images or regions that the model cannot see
    /// @throws io.peregrine.model.grammar.GrammarException if no answer that the grammar allows fits
    /// @throws ResourceLimitException if a picture is too large, or the memory does not suffice
    /// @throws io.peregrine.core.ModelFileException if a file of the model was changed since it was loaded
    /// @throws ClosedException if the model or the scheduler is closed, or the scheduler takes no more requests
    public Ticket submit(Prompt prompt, GenerateOptions asked, GenerateListener listener) {
        GenerateOptions limited = asked.withMaxTokens(Math.min(asked.maxTokens(), options.maxTokens()));
        model.uses().check();
        queue.reserve();
        Request request;
        try {
            request = model.call(() -> request(prompt, limited, listener));
        } catch (Throwable e) {
            queue.leave();
            throw e;
        }
        request.ticket().onCancel(() -> endIfWaiting(request));
        try {
            queue.add(request);
            return request.ticket();
        } catch (ClosedException e) {
            pictures.giveBack(request.prompt().pictures());
            throw e;
        }
    }

    private Request request(Prompt prompt, GenerateOptions limited, GenerateListener listener) {
        try {
            PromptRows rows = model.reader().read(prompt, pictures);
            try {
                return request(rows, limited, listener);
            } catch (Throwable e) {
                pictures.giveBack(rows.pictures());
                throw e;
            }
        } catch (OutOfMemoryError e) {
            pictures.forgetIdle();
            throw new ResourceLimitException(
                    "a prompt and its pictures",
                    "more than is free",
                    HeapLimit.text() + " of the Java heap",
                    "make them smaller, serve fewer requests at once, or give the JVM more memory with -Xmx");
        }
    }

    private Request request(PromptRows rows, GenerateOptions limited, GenerateListener listener) {
        if (rows.rows() >= capacity) {
            throw new ContextOverflowException(
                    rows.rows() - rows.imageRows(), rows.imageRows(), capacity, model.trainedContext());
        }
        Answer answer = new Answer(model, limited, listener);
        answer.checkRoom(capacity - rows.rows() + 1);
        answer.follow(rows);
        rows.pictures().forEach(PictureShelf.Entry::resize);
        return new Request(rows, answer, listener, new Ticket());
    }

    private void endIfWaiting(Request request) {
        if (queue.remove(request)) {
            pictures.giveBack(request.prompt().pictures());
            counters.cancelled.increment();
            queue.ended(request);
            request.ticket().complete(request.result());
        }
    }

    /// Tokens that prompt and answer of a request may take together.
    public int contextLength() {
        return capacity;
    }

    /// What it is doing and has done, about: other threads go on meanwhile.
    public SchedulerStats stats() {
        return new SchedulerStats(
                sequences,
                queue.running(),
                queue.waiting(),
                counters.idleSequences.intValue(),
                counters.cacheBytes.get(),
                pictures.size(),
                pictures.bytes(),
                counters.meanNanos() / NANOS,
                counters.submitted.sum(),
                counters.refused.sum(),
                counters.completed.sum(),
                counters.cancelled.sum(),
                counters.failed.sum(),
                counters.promptTokens.sum(),
                counters.reusedTokens.sum(),
                counters.answerTokens.sum(),
                counters.steps.sum(),
                counters.encodedPictures.sum());
    }

    /// Takes no more requests, waits for those taken, and cancels what is not answered in time. An interrupt of the
    /// thread ends the waiting at once, and stays set.
    ///
    /// @return whether all were answered in time
    /// @throws IllegalStateException from a listener, which the others would wait for
    public boolean drain(Duration timeout) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a listener cannot wait for the requests of its scheduler");
        }
        List<Request> left;
        try {
            left = queue.drain(timeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            left = queue.taken();
        }
        left.forEach(request -> request.ticket().cancel());
        left.forEach(request -> request.ticket().settle());
        return left.isEmpty();
    }

    /// Ends everything: requests that wait or run end with a [ClosedException]. Waits for that, unless a listener calls
    /// it. Closing twice does nothing.
    @Override
    public void close() {
        queue.close();
        model.forget(this);
        if (Thread.currentThread() != thread) {
            joinThread();
        }
    }

    private void joinThread() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The model is closed.
    void wake() {
        queue.wake();
    }
}
