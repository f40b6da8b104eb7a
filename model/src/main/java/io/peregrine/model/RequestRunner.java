package io.peregrine.model;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.kernels.ProductOrder;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Runs the requests of a scheduler on its thread: one token for each that answers, then a piece of work for one of
/// those that still read, in turn: a picture, or a chunk of its prompt.
///
/// That piece is long. Between its layers, the others get their tokens ([#between]): it has a pass of its own, so
/// nothing of one is in the way of the other, and all of it happens on one thread.
final class RequestRunner {

    /// Rows that a chunk of a prompt has at least, if there are so many: from here on, attention computes each in the
    /// same way, however many others there are.
    static final int LEAST_ROWS = 16;

    /// Rows of a chunk while others run or wait: they wait for its end before they can begin to read.
    private static final int SHARED_CHUNK = 64;

    /// Rows of a chunk else.
    private static final int LONE_CHUNK = 256;

    /// While somebody reads, this many times as long goes into reading as into tokens: few answer then, and a token for
    /// three or four takes two thirds of the time of one for eight.
    private static final int READING_SHARE = 3;

    /// Steps after which the memory is measured anew.
    private static final int MEASURE_STEPS = 32;

    private final Model model;
    private final Decoder decoder;
    private final SchedulerOptions options;
    private final int sequences;
    private final int capacity;
    private final RequestQueue queue;
    private final PictureShelf pictures;
    private final PrefixCache prefixes;
    private final SchedulerCounters counters;

    private final List<Request> running = new ArrayList<>();
    private final List<Request> answering = new ArrayList<>();

    /// Those that read, whose turn is next first.
    private final Deque<Request> reading = new ArrayDeque<>();

    private final Pass tokenPass;
    private final Batch tokenBatch;
    private final Rows tokenLogits = new Rows();
    private Pass workPass;
    private final Batch workBatch;
    private final Rows workLogits = new Rows();

    /// Says whether the piece of work underway is still wanted; null if there is none.
    private @Nullable Predicate<Request> workFor;

    private int[][] allRows = {};
    private long tokenNanos;
    private long tokenEnd;
    private int unmeasured;

    /// @param sequences requests that run at once
    /// @param capacity rows of each
    RequestRunner(
            Model model,
            SchedulerOptions options,
            int sequences,
            int capacity,
            RequestQueue queue,
            PictureShelf pictures,
            PrefixCache prefixes,
            SchedulerCounters counters) {
        this.model = model;
        this.decoder = model.decoder();
        this.options = options;
        this.sequences = sequences;
        this.capacity = capacity;
        this.queue = queue;
        this.pictures = pictures;
        this.prefixes = prefixes;
        this.counters = counters;
        this.tokenPass = model.newPass(options.session(), this::isStopped);
        tokenPass
                .compute()
                .multiply(options.reproducible() ? ProductOrder.REPRODUCIBLE_STEPS : ProductOrder.STEPS);
        this.workPass = newWorkPass();
        this.tokenBatch = new Batch(decoder.axes());
        this.workBatch = new Batch(decoder.axes());
    }

    /// Runs requests until the scheduler or the model is closed; those that are left end with an exception.
    void run() {
        while (queue.await(model.uses()::isClosed)) {
            try {
                model.call(() -> {
                    work();
                    return true;
                });
            } catch (Throwable e) {
                // Nothing of a request may come up to here; if it does, the service goes on.
                failAll(e);
            }
        }
        queue.close();
        failAll(closedException());
        prefixes.clear();
        pictures.forgetIdle();
        measure();
    }

    private Pass newWorkPass() {
        Pass pass = model.newPass(options.session(), this::isUnwanted);
        pass.compute().multiply(ProductOrder.PROMPTS);
        return pass;
    }

    private boolean isStopped() {
        return queue.isClosed() || model.uses().isClosed();
    }

    private RuntimeException closedException() {
        try {
            model.uses().check();
            return RequestQueue.closedException();
        } catch (ClosedException e) {
            return e;
        }
    }

    private void failAll(Throwable e) {
        for (Request request : List.copyOf(running)) {
            fail(request, e);
        }
        Request next = queue.poll();
        while (next != null) {
            fail(next, e);
            next = queue.poll();
        }
    }

    private void work() {
        while (!isStopped()) {
            // A listener may have set it; it must not reach the threads that compute.
            Thread.interrupted();
            admit();
            if (running.isEmpty()) {
                return;
            }
            answerAll();
            workForNext();
            if (++unmeasured >= MEASURE_STEPS) {
                measure();
            }
        }
        failAll(closedException());
    }

    private void admit() {
        while (running.size() < sequences) {
            Request request = queue.poll();
            if (request == null) {
                return;
            }
            running.add(request);
            try {
                PrefixCache.Start start = start(request);
                request.begin(start == null ? empty(request) : start.from().fork(start.rows()));
                reading.add(request);
            } catch (Throwable e) {
                fail(request, recovered(e, request));
            }
        }
    }

    private PrefixCache.@Nullable Start start(Request request) {
        List<HeldSequence> busy = running.stream()
                .filter(other -> other != request && other.hasBegun())
                .map(Request::sequence)
                .toList();
        return prefixes.find(request.prompt(), busy, options.reproducible());
    }

    private HeldSequence empty(Request request) {
        SequenceState state = decoder.newSequence(capacity, options.session().cache());
        HeldSequence held = new HeldSequence(decoder, state);
        held.use(request.prompt());
        return held;
    }

    // Tokens ---------------------------------------------------------------------------------------------------------

    /// Gives everybody who answers a token. Nothing is thrown.
    private void answerAll() {
        endCancelled();
        if (answering.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        answer(List.copyOf(answering));
        tokenEnd = System.nanoTime();
        tokenNanos = tokenEnd - start;
    }

    private void answer(List<Request> group) {
        int[] lengths = group.stream().mapToInt(r -> r.sequence().length()).toArray();
        try {
            compute(group);
        } catch (CancellationException e) {
            return;
        } catch (Throwable e) {
            for (int i = 0; i < lengths.length; i++) {
                back(group.get(i).sequence(), lengths[i]);
            }
            if (group.size() == 1) {
                fail(group.getFirst(), recovered(e, group.getFirst()));
                return;
            }
            recovered(e, group.getFirst());
            // Each by itself: only those fail that do.
            group.forEach(request -> answer(List.of(request)));
            return;
        }
        choose(group);
    }

    private void compute(List<Request> group) {
        tokenBatch.clear();
        for (Request request : group) {
            request.sequence().addToken(request.answer().last(), tokenBatch);
        }
        counters.steps.increment();
        decoder.forward(tokenPass, tokenBatch, all(group.size()), tokenLogits);
    }

    private int[] all(int rows) {
        if (allRows.length < rows) {
            allRows = IntStream.rangeClosed(1, rows)
                    .mapToObj(count -> IntStream.range(0, count).toArray())
                    .toArray(int[][]::new);
        }
        return allRows[rows - 1];
    }

    private void choose(List<Request> group) {
        int vocab = decoder.vocab();
        for (int i = 0; i < group.size(); i++) {
            Request request = group.get(i);
            if (NonFinite.first(tokenLogits.data(), i * vocab, vocab) < 0) {
                request.sequence().holdToken(request.answer().last());
                next(request, tokenLogits, i * vocab);
            } else {
                HeldSequence held = request.sequence();
                int token = request.answer().last();
                held.truncate(held.length() - 1);
                Batch alone = new Batch(decoder.axes());
                held.addToken(token, alone);
                failNonFinite(request, tokenPass, alone);
            }
        }
    }

    /// The logits of other sequences of the pass stay as they are.
    private void failNonFinite(Request request, Pass pass, Batch batch) {
        try {
            fail(request, NonFinite.error(model.file(), decoder, pass, batch, new Rows()));
        } catch (Throwable e) {
            fail(request, recovered(e, request));
        }
    }

    /// Chooses the next token of a request.
    private void next(Request request, Rows logits, int offset) {
        try {
            int room = capacity - request.sequence().length();
            counters.answerTokens.increment();
            if (!request.answer().next(logits.data(), offset, room)) {
                complete(request);
            }
        } catch (Throwable e) {
            fail(request, recovered(e, request));
        }
    }

    // Pictures and prompts -------------------------------------------------------------------------------------------

    /// Does a piece of work for the next that reads. Nothing is thrown.
    private void workForNext() {
        Request request = nextReading();
        if (request == null) {
            return;
        }
        try {
            workFor(request);
        } catch (CancellationException e) {
            endCancelled();
            if (!isStopped()) {
                // It was not cancelled: a listener has thrown this.
                fail(request, e);
            }
        } catch (Throwable e) {
            fail(request, recovered(e, request));
        } finally {
            workFor = null;
            workPass.reportTo(Pass.Progress.NONE);
        }
        if (!request.hasEnded() && request.answer().isEmpty()) {
            reading.add(request);
        }
    }

    /// The next that does not wait for another to read what both begin with.
    private @Nullable Request nextReading() {
        for (int i = reading.size(); i > 0; i--) {
            Request request = reading.remove();
            if (!waits(request)) {
                return request;
            }
            reading.add(request);
        }
        return null;
    }

    /// Whether an older request is about to read rows that this one can take over.
    private boolean waits(Request request) {
        PromptRows prompt = request.prompt();
        for (Request other : running) {
            if (other == request) {
                return false;
            }
            if (other.answer().isEmpty()
                    && decoder.variant(other.prompt().rows()) == decoder.variant(prompt.rows())) {
                int common = prompt.common(other.prompt());
                int held = request.sequence().length();
                if (common >= held + LEAST_ROWS && common > other.sequence().length()) {
                    return true;
                }
            }
        }
        return false;
    }

    private void workFor(Request request) {
        PrefixCache.Start better = start(request);
        if (better != null && better.rows() > request.sequence().length()) {
            request.take(better.from().fork(better.rows()));
        }
        PictureShelf.Entry picture = request.missingPicture();
        ImageEncoder encoder = model.encoder();
        if (picture != null && encoder != null) {
            workFor = other -> other.prompt().pictures().contains(picture);
            encode(request, picture, encoder);
        } else {
            workFor = other -> other == request;
            read(request);
        }
    }

    private void encode(Request request, PictureShelf.Entry picture, ImageEncoder encoder) {
        boolean known = picture.isEncoded();
        workPass.reportTo((done, total) -> {
            if (!request.hasEnded()) {
                request.listener().progress(GenerateListener.Stage.IMAGES, done, total);
            }
        });
        try {
            request.encode(encoder, workPass);
        } catch (OutOfMemoryError e) {
            recovered(e, request);
            workPass = newWorkPass();
            request.encode(encoder, workPass);
        }
        if (!known) {
            counters.encodedPictures.increment();
        }
        request.endImages();
    }

    private void read(Request request) {
        HeldSequence held = request.sequence();
        PromptRows prompt = request.prompt();
        int from = held.length();
        if (from == request.reused()) {
            request.listener().progress(GenerateListener.Stage.PROMPT, from, prompt.rows());
        }
        try {
            compute(request);
        } catch (OutOfMemoryError e) {
            back(held, from);
            recovered(e, request);
            compute(request);
        }
        held.holdPrompt(prompt, from);
        request.listener().progress(GenerateListener.Stage.PROMPT, held.length(), prompt.rows());
        if (held.length() < prompt.rows()) {
            return;
        }
        counters.promptTokens.add(prompt.rows());
        counters.reusedTokens.add(request.reused());
        request.endPrompt();
        if (NonFinite.first(workLogits.data(), 0, decoder.vocab()) >= 0) {
            failNonFinite(request, workPass, workBatch);
            return;
        }
        answering.add(request);
        next(request, workLogits, 0);
    }

    private void compute(Request request) {
        HeldSequence held = request.sequence();
        PromptRows prompt = request.prompt();
        boolean alone = running.size() == 1 && queue.waiting() == 0;
        int to = held.end(prompt, alone ? LONE_CHUNK : SHARED_CHUNK, LEAST_ROWS);
        workBatch.clear();
        held.addPrompt(prompt, to, workBatch);
        counters.steps.increment();
        int[] wanted = to == prompt.rows() ? new int[] {workBatch.rows() - 1} : new int[0];
        decoder.forward(workPass, workBatch, wanted, workLogits);
    }

    /// Asked between the layers of a piece of work.
    private boolean isUnwanted() {
        Predicate<Request> wanted = workFor;
        if (wanted == null) {
            return isStopped();
        }
        between();
        return isStopped() || running.stream().noneMatch(wanted);
    }

    /// Gives those who answer their token, unless the work that waits had less than its share since the last one.
    private void between() {
        if (answering.isEmpty() || System.nanoTime() - tokenEnd < READING_SHARE * tokenNanos) {
            endCancelled();
        } else {
            answerAll();
        }
    }

    // Ends -----------------------------------------------------------------------------------------------------------

    private void endCancelled() {
        for (int i = running.size() - 1; i >= 0; i--) {
            Request request = running.get(i);
            if (request.ticket().isCancelled()) {
                complete(request);
            }
        }
    }

    private void complete(Request request) {
        if (request.hasEnded()) {
            return;
        }
        GenerateResult result;
        try {
            request.answer().end();
            result = request.result();
        } catch (Throwable e) {
            fail(request, recovered(e, request));
            return;
        }
        release(request);
        prefixes.keep(request.sequence());
        (result.finish() == FinishReason.CANCELLED ? counters.cancelled : counters.completed).increment();
        measure();
        queue.ended(request);
        request.ticket().complete(result);
    }

    private void fail(Request request, Throwable e) {
        if (request.hasEnded()) {
            return;
        }
        release(request);
        counters.failed.increment();
        measure();
        queue.ended(request);
        request.ticket().fail(e);
    }

    private void release(Request request) {
        request.end();
        running.remove(request);
        answering.remove(request);
        reading.remove(request);
        pictures.giveBack(request.prompt().pictures());
        counters.ran(System.nanoTime() - request.submitted());
    }

    /// What a request is to hear of something that was thrown. If memory was short, what is only kept is forgotten.
    private Throwable recovered(Throwable thrown, Request request) {
        if (thrown instanceof OutOfMemoryError) {
            prefixes.clear();
            pictures.forgetIdle();
            return new ResourceLimitException(
                    "keys, values and pictures of a request of " + request.prompt().rows() + " tokens",
                    "more than is free beside " + (running.size() - 1) + " others",
                    HeapLimit.text() + " of the Java heap",
                    "shorten the prompt, serve fewer requests at once, or give the JVM more memory with -Xmx");
        }
        return model.explained(thrown);
    }

    /// Brings a sequence back to where it was before a batch.
    private static void back(HeldSequence held, int length) {
        if (held.length() > length) {
            held.truncate(length);
        }
    }

    private void measure() {
        unmeasured = 0;
        List<HeldSequence> busy =
                running.stream().filter(Request::hasBegun).map(Request::sequence).toList();
        counters.idleSequences.set(prefixes.size());
        counters.cacheBytes.set(prefixes.bytes(busy));
    }
}
