package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many requests on one model: bounds, cancelling, errors, ends, and that nothing is left of them.
@Timeout(120)
class SchedulerTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);
    private static final SchedulerOptions OPTIONS = SchedulerOptions.defaults().withReproducible(true);

    @TempDir
    private static Path folder;

    private static Path text;
    private static Path mmproj;

    @BeforeAll
    static void write() {
        text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        mmproj = ToyLlava.file(6, 32).write(folder.resolve("mmproj.gguf"));
    }

    private static Model load() {
        return Model.load(text, LoadOptions.defaults().withThreads(2).withMmproj(mmproj));
    }

    private static Prompt tokens(int first, int count) {
        return Prompt.tokens(
                IntStream.range(0, count).map(i -> 3 + (first + i * 7) % 290).toArray());
    }

    private static Prompt picture(String question, int shade) {
        byte[] rgb = new byte[8 * 8 * 3];
        Arrays.fill(rgb, (byte) shade);
        return Prompt.raw("ab" + Prompt.MEDIA + question, Image.of(rgb, 8, 8));
    }

    private static List<Integer> alone(Model model, Prompt prompt, GenerateOptions options) {
        try (Scheduler scheduler = model.newScheduler(OPTIONS)) {
            return scheduler.submit(prompt, options, GenerateListener.NONE).await().tokens();
        }
    }

    /// A listener that does something at its first call of a kind.
    private record Once(GenerateListener.Stage stage, Runnable action, AtomicInteger calls)
            implements GenerateListener {

        static GenerateListener at(Stage stage, Runnable action) {
            return new Once(stage, action, new AtomicInteger());
        }

        static GenerateListener atText(int at, Runnable action) {
            AtomicInteger calls = new AtomicInteger();
            return piece -> {
                if (calls.getAndIncrement() == at) {
                    action.run();
                }
            };
        }

        @Override
        public void text(String text) {}

        @Override
        public void progress(Stage now, int done, int total) {
            if (now == stage && calls.getAndIncrement() == 0) {
                action.run();
            }
        }
    }

    private static void assertNothingRuns(Scheduler scheduler) {
        SchedulerStats stats = scheduler.stats();
        assertEquals(0, stats.running(), "running");
        assertEquals(0, stats.waiting(), "waiting");
        assertEquals(stats.submitted(), stats.completed() + stats.cancelled() + stats.failed(), "all ended");
    }

    private static void assertNothingHeld(Scheduler scheduler) {
        assertNothingRuns(scheduler);
        SchedulerStats stats = scheduler.stats();
        assertEquals(0, stats.idleSequences(), "idle sequences");
        assertEquals(0, stats.cacheBytes(), "bytes of keys and values");
        assertEquals(0, stats.pictures(), "pictures");
    }

    @Test
    void queueFull_isRefusedAndSaysWhenToTryAgain() throws InterruptedException {
        try (Model model = load();
                Scheduler scheduler =
                        model.newScheduler(OPTIONS.withSequences(1).withWaiting(2))) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            List<Ticket> tickets = new ArrayList<>();
            tickets.add(scheduler.submit(tokens(1, 5), GREEDY.withMaxTokens(9), Once.atText(0, () -> {
                begun.countDown();
                awaitUninterruptibly(go);
            })));
            begun.await();
            tickets.add(scheduler.submit(tokens(2, 5), GREEDY.withMaxTokens(9), GenerateListener.NONE));
            tickets.add(scheduler.submit(tokens(3, 5), GREEDY.withMaxTokens(9), GenerateListener.NONE));
            BusyException busy = assertThrows(
                    BusyException.class, () -> scheduler.submit(tokens(4, 5), GREEDY, GenerateListener.NONE));
            assertEquals(
                    "2 requests wait already, which is the most; try again in "
                            + busy.retryAfter().toSeconds() + " seconds",
                    busy.getMessage());
            assertTrue(busy.retryAfter().toSeconds() >= 1, busy.getMessage());
            assertEquals(2, scheduler.stats().waiting());
            assertEquals(1, scheduler.stats().running());
            assertEquals(1, scheduler.stats().refused());
            go.countDown();
            for (Ticket ticket : tickets) {
                assertEquals(9, ticket.await().tokens().size());
            }
            assertEquals(3, scheduler.stats().completed());
            scheduler.submit(tokens(4, 5), GREEDY.withMaxTokens(1), GenerateListener.NONE)
                    .await();
            assertNothingRuns(scheduler);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void cancel_whileWaiting_endsAtOnce() throws InterruptedException {
        try (Model model = load();
                Scheduler scheduler =
                        model.newScheduler(OPTIONS.withSequences(1).withIdleSequences(0))) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            Ticket first = scheduler.submit(tokens(1, 5), GREEDY.withMaxTokens(3), Once.atText(0, () -> {
                begun.countDown();
                awaitUninterruptibly(go);
            }));
            begun.await();
            Ticket second = scheduler.submit(picture("?", 3), GREEDY, GenerateListener.NONE);
            assertFalse(second.isDone());
            second.cancel();
            assertTrue(second.isDone());
            assertEquals(FinishReason.CANCELLED, second.await().finish());
            assertEquals(List.of(), second.await().tokens());
            go.countDown();
            first.await();
            assertEquals(1, scheduler.stats().cancelled());
            assertEquals(0, scheduler.stats().encodedPictures());
        }
    }

    @Test
    void cancel_whileEncodingReadingOrAnswering_leavesTheOthersAlone() {
        try (Model model = load()) {
            List<Integer> expected = alone(model, tokens(5, 30), GREEDY.withMaxTokens(40));
            for (int phase = 0; phase < 3; phase++) {
                try (Scheduler scheduler = model.newScheduler(
                        OPTIONS.withIdleSequences(0).withPictureBytes(1))) {
                    Ticket neighbour =
                            scheduler.submit(tokens(5, 30), GREEDY.withMaxTokens(40), GenerateListener.NONE);
                    AtomicReference<Ticket> own = new AtomicReference<>();
                    CountDownLatch known = new CountDownLatch(1);
                    Runnable cancel = () -> {
                        awaitUninterruptibly(known);
                        own.get().cancel();
                    };
                    GenerateListener listener =
                            switch (phase) {
                                case 0 -> Once.at(GenerateListener.Stage.IMAGES, cancel);
                                case 1 -> Once.at(GenerateListener.Stage.PROMPT, cancel);
                                default -> Once.atText(2, cancel);
                            };
                    own.set(scheduler.submit(picture("what is it", 7), GREEDY, listener));
                    known.countDown();
                    GenerateResult cancelled = own.get().await();
                    assertEquals(FinishReason.CANCELLED, cancelled.finish());
                    assertEquals(phase < 2, cancelled.tokens().isEmpty(), "tokens in phase " + phase);
                    assertEquals(expected, neighbour.await().tokens());
                    assertEquals(phase == 0 ? 0 : 1, scheduler.stats().encodedPictures());
                    assertNothingHeld(scheduler);
                }
            }
        }
    }

    @Test
    void cancel_whileEncodingForTwo_goesOnForTheOther() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            CountDownLatch both = new CountDownLatch(1);
            AtomicReference<Ticket> own = new AtomicReference<>();
            AtomicInteger layers = new AtomicInteger();
            Ticket blocker = scheduler.submit(
                    tokens(1, 5), GREEDY.withMaxTokens(2), Once.atText(0, () -> awaitUninterruptibly(both)));
            own.set(scheduler.submit(picture("what", 9), GREEDY, new GenerateListener() {
                @Override
                public void text(String text) {}

                @Override
                public void progress(Stage stage, int done, int total) {
                    layers.incrementAndGet();
                    own.get().cancel();
                }
            }));
            Ticket other = scheduler.submit(picture("what else", 9), GREEDY.withMaxTokens(5), GenerateListener.NONE);
            both.countDown();
            assertEquals(FinishReason.CANCELLED, own.get().await().finish());
            assertEquals(5, other.await().tokens().size());
            blocker.await();
            assertEquals(1, layers.get());
            assertEquals(1, scheduler.stats().encodedPictures());
        }
    }

    @Test
    void interrupt_ofTheWaitingThread_cancelsAndStaysSet() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            Thread waiting = Thread.currentThread();
            Ticket ticket = scheduler.submit(tokens(1, 5), GREEDY, Once.atText(3, waiting::interrupt));
            assertEquals(FinishReason.CANCELLED, ticket.await().finish());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void interrupt_ofTheSchedulersThread_doesNothing() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            GenerateListener listener =
                    Once.atText(1, () -> Thread.currentThread().interrupt());
            assertEquals(
                    20,
                    scheduler
                            .submit(tokens(1, 5), GREEDY.withMaxTokens(20), listener)
                            .await()
                            .tokens()
                            .size());
        }
    }

    @Test
    void listener_throws_endsOnlyItsRequest() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS.withIdleSequences(0))) {
            List<Integer> expected = alone(model, tokens(5, 30), GREEDY.withMaxTokens(30));
            Ticket neighbour = scheduler.submit(tokens(5, 30), GREEDY.withMaxTokens(30), GenerateListener.NONE);
            IllegalArgumentException mine = new IllegalArgumentException("mine");
            List<Ticket> bad = new ArrayList<>();
            bad.add(scheduler.submit(tokens(1, 5), GREEDY, Once.atText(3, () -> {
                throw mine;
            })));
            bad.add(scheduler.submit(picture("a", 1), GREEDY, Once.at(GenerateListener.Stage.IMAGES, () -> {
                throw mine;
            })));
            bad.add(scheduler.submit(tokens(2, 40), GREEDY, Once.at(GenerateListener.Stage.PROMPT, () -> {
                throw mine;
            })));
            for (Ticket ticket : bad) {
                assertSame(mine, assertThrows(IllegalArgumentException.class, ticket::await));
            }
            assertEquals(expected, neighbour.await().tokens());
            assertEquals(3, scheduler.stats().failed());
        }
    }

    @Test
    void nonFiniteLogits_endOnlyTheirRequest() {
        ToyFile file = ToyLlama.usual().file(5);
        int bad = 77;
        file.weights("token_embd.weight")[bad * 32] = Float.NaN;
        Path path = file.write(folder.resolve("nan.gguf"));
        try (Model model = Model.load(path);
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            Prompt good = tokens(5, 30);
            int[] ids = IntStream.range(0, 20).map(i -> i == 12 ? bad : 100 + i).toArray();
            Ticket neighbour = scheduler.submit(good, GREEDY.withMaxTokens(20), GenerateListener.NONE);
            Ticket failing = scheduler.submit(Prompt.tokens(ids), GREEDY, GenerateListener.NONE);
            ModelFormatException error = assertThrows(ModelFormatException.class, failing::await);
            assertEquals(
                    path + ": embd, position 12: found NaN, expected finite numbers; the weights are damaged, or the"
                            + " model needs a wider type than they are stored in",
                    error.getMessage());
            assertEquals(20, neighbour.await().tokens().size());
            assertEquals(1, scheduler.stats().failed());
        }
    }

    @Test
    void outOfMemory_endsTheRequestWithATypedErrorAndForgetsWhatIsOnlyKept() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            scheduler.submit(picture("a", 1), GREEDY.withMaxTokens(5), GenerateListener.NONE)
                    .await();
            assertEquals(1, scheduler.stats().idleSequences());
            assertEquals(1, scheduler.stats().pictures());
            Ticket ticket = scheduler.submit(tokens(1, 20), GREEDY, Once.atText(1, () -> {
                throw new OutOfMemoryError("as if");
            }));
            ResourceLimitException error = assertThrows(ResourceLimitException.class, ticket::await);
            assertEquals(
                    "keys, values and pictures of a request of 20 tokens: more than is free beside 0 others exceeds the"
                            + " limit of " + HeapLimit.text() + " of the Java heap; shorten the"
                            + " prompt, serve fewer requests at once, or give the JVM more memory with -Xmx",
                    error.getMessage());
            assertNothingHeld(scheduler);
            assertEquals(
                    5,
                    scheduler
                            .submit(picture("a", 1), GREEDY.withMaxTokens(5), GenerateListener.NONE)
                            .await()
                            .tokens()
                            .size());
        }
    }

    @Test
    void prompt_thatDoesNotFit_isRefusedAtOnce() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(
                        OPTIONS.withSession(SessionOptions.defaults().withContextLength(32)))) {
            assertEquals(32, scheduler.contextLength());
            ContextOverflowException error = assertThrows(
                    ContextOverflowException.class,
                    () -> scheduler.submit(tokens(1, 32), GREEDY, GenerateListener.NONE));
            assertEquals(33, error.needed());
            assertThrows(PromptException.class, () -> scheduler.submit(Prompt.tokens(), GREEDY, GenerateListener.NONE));
            GenerateResult full = scheduler
                    .submit(tokens(1, 31), GREEDY, GenerateListener.NONE)
                    .await();
            assertEquals(FinishReason.LENGTH, full.finish());
            assertEquals(2, full.tokens().size());
            assertNothingRuns(scheduler);
        }
    }

    @Test
    void maxTokens_ofTheScheduler_limitEveryRequest() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS.withMaxTokens(4))) {
            GenerateResult result = scheduler
                    .submit(tokens(1, 9), GREEDY, GenerateListener.NONE)
                    .await();
            assertEquals(4, result.tokens().size());
            assertEquals(FinishReason.LENGTH, result.finish());
        }
    }

    @Test
    void sequences_thatDoNotFitIntoTheHeap_areRefused() {
        try (Model model = load()) {
            int context = Model.MAX_CONTEXT / 256;
            SchedulerOptions options = OPTIONS.withSequences(256)
                    .withSession(SessionOptions.defaults().withContextLength(context));
            ResourceLimitException error =
                    assertThrows(ResourceLimitException.class, () -> model.newScheduler(options));
            assertTrue(
                    error.getMessage()
                            .startsWith("keys and values of 256 requests of " + context + " tokens at once: "),
                    error.getMessage());
        }
    }

    @Test
    void longPrompt_doesNotStopThoseWhoAnswer() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS.withWaiting(8))) {
            AtomicInteger tokens = new AtomicInteger();
            List<Integer> atChunks = new ArrayList<>();
            CountDownLatch submitted = new CountDownLatch(1);
            Ticket answering = scheduler.submit(
                    tokens(1, 5), GREEDY, Once.atText(0, () -> awaitUninterruptibly(submitted)));
            Ticket counting = scheduler.submit(
                    tokens(3, 9), GREEDY.withLogprobs(0), new GenerateListener() {
                        @Override
                        public void text(String text) {}

                        @Override
                        public void token(TokenLogprob token) {
                            tokens.incrementAndGet();
                        }
                    });
            Ticket reading = scheduler.submit(tokens(2, 240), GREEDY.withMaxTokens(3), new GenerateListener() {
                @Override
                public void text(String text) {}

                @Override
                public void progress(Stage stage, int done, int total) {
                    atChunks.add(tokens.get());
                }
            });
            submitted.countDown();
            reading.await();
            counting.cancel();
            answering.cancel();
            assertTrue(atChunks.size() >= 4, "chunks: " + atChunks);
            for (int i = 2; i < atChunks.size(); i++) {
                assertTrue(atChunks.get(i) > atChunks.get(i - 1), "tokens at chunks: " + atChunks);
            }
        }
    }

    @Test
    void drain_letsRequestsEndAndTakesNoMore() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            Ticket ticket = scheduler.submit(tokens(1, 9), GREEDY.withMaxTokens(30), GenerateListener.NONE);
            assertTrue(scheduler.drain(Duration.ofSeconds(60)));
            assertEquals(30, ticket.await().tokens().size());
            ClosedException error = assertThrows(
                    ClosedException.class, () -> scheduler.submit(tokens(3, 3), GREEDY, GenerateListener.NONE));
            assertEquals("the scheduler is closed; open another one", error.getMessage());
        }
    }

    @Test
    void drain_pastTheDeadline_cancels() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(OPTIONS.withSequences(1))) {
            GenerateListener slow = text -> pause();
            Ticket running = scheduler.submit(tokens(1, 9), GREEDY, slow);
            Ticket waiting = scheduler.submit(tokens(2, 9), GREEDY, slow);
            assertFalse(scheduler.drain(Duration.ofMillis(50)));
            assertTrue(running.isDone());
            assertEquals(FinishReason.CANCELLED, running.await().finish());
            assertEquals(FinishReason.CANCELLED, waiting.await().finish());
            assertNothingRuns(scheduler);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void close_endsRunningAndWaitingRequests() {
        try (Model model = load()) {
            Scheduler scheduler = model.newScheduler(OPTIONS.withSequences(1));
            Ticket running = scheduler.submit(tokens(1, 9), GREEDY, text -> pause());
            Ticket waiting = scheduler.submit(picture("b", 2), GREEDY, GenerateListener.NONE);
            scheduler.close();
            for (Ticket ticket : List.of(running, waiting)) {
                ClosedException error = assertThrows(ClosedException.class, ticket::await);
                assertEquals("the scheduler is closed; open another one", error.getMessage());
            }
            assertNothingHeld(scheduler);
            scheduler.close();
        }
    }

    @Test
    void close_fromAListener_endsItsRequest() {
        try (Model model = load()) {
            Scheduler scheduler = model.newScheduler(OPTIONS);
            Ticket ticket = scheduler.submit(tokens(1, 9), GREEDY, Once.atText(1, scheduler::close));
            assertThrows(ClosedException.class, ticket::await);
        }
    }

    @Test
    void closeModel_endsRequestsAndTheThread() throws InterruptedException {
        Model model = load();
        Scheduler scheduler = model.newScheduler(OPTIONS);
        Ticket ticket = scheduler.submit(tokens(1, 9), GREEDY, Once.atText(1, model::close));
        ClosedException error = assertThrows(ClosedException.class, ticket::await);
        assertEquals(text + " is closed; load it again", error.getMessage());
        error = assertThrows(
                ClosedException.class, () -> scheduler.submit(tokens(1, 9), GREEDY, GenerateListener.NONE));
        assertEquals(text + " is closed; load it again", error.getMessage());
        awaitNoThread();
        assertNothingHeld(scheduler);
        scheduler.close();

        Model idle = load();
        idle.newScheduler(OPTIONS);
        idle.close();
        awaitNoThread();
    }

    private static void awaitNoThread() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            if (Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("peregrine-scheduler"))) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("a scheduler's thread is left");
    }

    @Test
    void fileCutShort_whileMapped_isFoundAtTheNextRequest() throws IOException {
        Path copy = Files.copy(text, folder.resolve("cut.gguf"));
        try (Model model = Model.load(copy);
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            scheduler.submit(tokens(1, 4), GREEDY.withMaxTokens(2), GenerateListener.NONE)
                    .await();
            try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                file.truncate(1000);
            }
            assertThrows(
                    ModelFileException.class, () -> scheduler.submit(tokens(1, 4), GREEDY, GenerateListener.NONE));
            assertNothingRuns(scheduler);
        }
    }

    @Test
    void randomRequests_leaveNothingBehindAndAnswerAsAlone() throws InterruptedException {
        int kinds = 12;
        try (Model model = load()) {
            List<List<Integer>> expected = new ArrayList<>();
            for (int i = 0; i < kinds; i++) {
                expected.add(alone(model, kind(i), GREEDY.withMaxTokens(1 + i % 5)));
            }
            Random random = new Random(42);
            for (int round = 0; round < 20; round++) {
                boolean keeps = round % 2 == 0;
                SchedulerOptions options = OPTIONS.withSequences(1 + random.nextInt(6))
                        .withWaiting(1 + random.nextInt(12))
                        .withIdleSequences(keeps ? 5 : 0)
                        .withPictureBytes(keeps ? 3000 : 1);
                try (Scheduler scheduler = model.newScheduler(options)) {
                    submitAtRandom(scheduler, random, expected);
                    assertTrue(scheduler.drain(Duration.ofSeconds(60)));
                    if (keeps) {
                        assertNothingRuns(scheduler);
                        assertTrue(scheduler.stats().pictureBytes() <= 3000, "bytes of pictures");
                    } else {
                        assertNothingHeld(scheduler);
                    }
                }
            }
        }
    }

    private static Prompt kind(int i) {
        return i % 4 == 3 ? picture("?".repeat(i), i) : tokens(i % 3, 3 + 4 * i);
    }

    private static void submitAtRandom(Scheduler scheduler, Random random, List<List<Integer>> expected) {
        record Sent(int kind, Ticket ticket, boolean cancelled) {}

        List<Sent> sent = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        for (int i = 0; i < 500; i++) {
            int kind = random.nextInt(expected.size());
            GenerateListener listener = random.nextInt(20) > 0 ? GenerateListener.NONE : text -> {
                throw new IllegalStateException("as planned");
            };
            try {
                Ticket ticket = scheduler.submit(kind(kind), GREEDY.withMaxTokens(1 + kind % 5), listener);
                boolean cancel = random.nextInt(3) == 0;
                sent.add(new Sent(kind, ticket, cancel));
                if (cancel && random.nextBoolean()) {
                    ticket.cancel();
                }
            } catch (BusyException e) {
                refused.incrementAndGet();
                Sent oldest = sent.get(random.nextInt(sent.size()));
                if (oldest.cancelled) {
                    oldest.ticket.cancel();
                } else {
                    oldest.ticket.settle();
                }
            }
        }
        for (Sent one : sent) {
            try {
                GenerateResult result = one.ticket.await();
                if (result.finish() == FinishReason.CANCELLED) {
                    assertTrue(one.cancelled, "cancelled by itself");
                    assertEquals(expected.get(one.kind).subList(0, result.tokens().size()), result.tokens());
                } else {
                    assertEquals(expected.get(one.kind), result.tokens());
                }
            } catch (IllegalStateException e) {
                assertEquals("as planned", e.getMessage());
            }
        }
        assertEquals(refused.get(), scheduler.stats().refused());
        assertEquals(sent.size(), scheduler.stats().submitted());
    }

    @Test
    void options_outOfRange_areRefused() {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> OPTIONS.withSequences(-1));
        assertEquals("sequences: found -1, expected a number from 0 to 256", error.getMessage());
        assertInstanceOf(
                IllegalArgumentException.class,
                assertThrows(IllegalArgumentException.class, () -> OPTIONS.withMaxTokens(0)));
    }
}
