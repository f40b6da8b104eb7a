package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFileException;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Row 66 of the catalogue: cancelling, interrupting, closing, and many sessions at once.
@Timeout(120)
class SessionLifeTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);
    private static final String CLOSED = " is closed; load it again";

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

    private static Prompt tokens(int count) {
        return Prompt.tokens(IntStream.range(0, count).map(i -> 3 + i * 7 % 290).toArray());
    }

    /// A listener that does something once, at its `at`-th call of a kind.
    private record Trigger(GenerateListener.Stage stage, int at, Runnable action, int[] calls)
            implements GenerateListener {

        Trigger(Stage stage, int at, Runnable action) {
            this(stage, at, action, new int[1]);
        }

        static GenerateListener onText(int at, Runnable action) {
            int[] calls = new int[1];
            return piece -> {
                if (calls[0]++ == at) {
                    action.run();
                }
            };
        }

        @Override
        public void text(String text) {}

        @Override
        public void progress(Stage now, int done, int total) {
            if (now == stage && calls[0]++ == at) {
                action.run();
            }
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void cancel_byTheListener_endsWithinAToken() {
        try (Model model = load();
                Session session = model.newSession()) {
            int[] pieces = new int[1];
            GenerateResult result = session.generate(tokens(5), GREEDY, piece -> {
                if (++pieces[0] == 3) {
                    session.cancel();
                }
            });
            assertEquals(FinishReason.CANCELLED, result.finish());
            assertEquals(3, pieces[0]);
            GenerateResult after = session.generate(tokens(5), GREEDY.withMaxTokens(2), GenerateListener.NONE);
            assertEquals(FinishReason.LENGTH, after.finish());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void cancel_whileReadingThePrompt_leavesTheSessionWhole() {
        try (Model model = load();
                Session session = model.newSession();
                Session fresh = model.newSession()) {
            GenerateListener trigger = new Trigger(GenerateListener.Stage.PROMPT, 0, session::cancel);
            GenerateResult result = session.generate(tokens(40), GREEDY, trigger);
            assertEquals(FinishReason.CANCELLED, result.finish());
            assertEquals(List.of(), result.tokens());
            assertEquals("", result.text());
            assertEquals(
                    fresh.generate(tokens(40), GREEDY.withMaxTokens(6), GenerateListener.NONE)
                            .tokens(),
                    session.generate(tokens(40), GREEDY.withMaxTokens(6), GenerateListener.NONE)
                            .tokens());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void cancel_whileEncodingAnImage_endsWithinALayer() {
        try (Model model = load();
                Session session = model.newSession()) {
            int[] layers = new int[1];
            GenerateListener listener = new GenerateListener() {
                @Override
                public void text(String text) {}

                @Override
                public void progress(Stage stage, int done, int total) {
                    layers[0]++;
                    session.cancel();
                }
            };
            Prompt prompt = Prompt.raw("a" + Prompt.MEDIA, Image.of(new byte[8 * 8 * 3], 8, 8));
            assertEquals(
                    FinishReason.CANCELLED,
                    session.generate(prompt, GREEDY, listener).finish());
            assertEquals(1, layers[0]);
            assertEquals(
                    FinishReason.LENGTH,
                    session.generate(prompt, GREEDY.withMaxTokens(2), GenerateListener.NONE)
                            .finish());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void cancel_beforeAGeneration_doesNothing() {
        try (Model model = load();
                Session session = model.newSession()) {
            session.cancel();
            GenerateResult result = session.generate(tokens(5), GREEDY.withMaxTokens(2), GenerateListener.NONE);
            assertEquals(FinishReason.LENGTH, result.finish());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void interrupt_countsAsCancellingAndStaysSet() {
        try (Model model = load();
                Session session = model.newSession()) {
            GenerateListener interrupting =
                    Trigger.onText(1, () -> Thread.currentThread().interrupt());
            GenerateResult result = session.generate(tokens(5), GREEDY, interrupting);
            assertEquals(FinishReason.CANCELLED, result.finish());
            assertTrue(Thread.interrupted());
        }
    }

    /// Before anything, while the prompt is read, while a picture is encoded, while tokens are made.
    @DisplayName("66 lifetime-and-memory faults")
    @ParameterizedTest
    @ValueSource(strings = {"before", "PROMPT", "IMAGES", "text"})
    void interrupt_inEveryPhase_isCancellingAndTheSessionStaysWhole(String phase) {
        Prompt prompt = Prompt.raw("abc" + Prompt.MEDIA + "def", Image.of(new byte[8 * 8 * 3], 8, 8));
        Runnable interrupt = () -> Thread.currentThread().interrupt();
        GenerateListener listener =
                switch (phase) {
                    case "before" -> GenerateListener.NONE;
                    case "text" -> Trigger.onText(1, interrupt);
                    default -> new Trigger(GenerateListener.Stage.valueOf(phase), 0, interrupt);
                };
        try (Model model = load();
                Session session = model.newSession();
                Session fresh = model.newSession()) {
            if (phase.equals("before")) {
                interrupt.run();
            }
            GenerateResult result = session.generate(prompt, GREEDY, listener);
            assertTrue(Thread.interrupted());
            assertEquals(FinishReason.CANCELLED, result.finish());
            assertEquals(
                    fresh.generate(prompt, GREEDY.withMaxTokens(6), GenerateListener.NONE)
                            .tokens(),
                    session.generate(prompt, GREEDY.withMaxTokens(6), GenerateListener.NONE)
                            .tokens());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void interrupt_whileLoading_isCancelling() {
        for (boolean copied : new boolean[] {false, true}) {
            Thread.currentThread().interrupt();
            assertThrows(
                    CancellationException.class,
                    () -> Model.load(text, LoadOptions.defaults().withCopyWeights(copied)));
            assertTrue(Thread.interrupted());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void closeModel_whileEncodingAnImage_endsTheGenerationWithAnError() {
        Model model = load();
        Session session = model.newSession();
        Prompt prompt = Prompt.raw("a" + Prompt.MEDIA, Image.of(new byte[8 * 8 * 3], 8, 8));
        ClosedException error = assertThrows(
                ClosedException.class,
                () -> session.generate(prompt, GREEDY, new Trigger(GenerateListener.Stage.IMAGES, 0, model::close)));
        assertEquals(text + CLOSED, error.getMessage());
        session.close();
        session.close();
        model.close();
    }

    /// What a listener throws reaches the caller, and nothing else happens.
    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void listenerThrows_sessionStaysWhole() {
        try (Model model = load();
                Session session = model.newSession()) {
            IllegalStateException mine = new IllegalStateException("mine");
            assertSame(
                    mine,
                    assertThrows(
                            IllegalStateException.class,
                            () -> session.generate(tokens(5), GREEDY, Trigger.onText(1, () -> {
                                throw mine;
                            }))));
            assertEquals(
                    2,
                    session.generate(tokens(5), GREEDY.withMaxTokens(2), GenerateListener.NONE)
                            .tokens()
                            .size());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void generate_twiceAtOnce_isRefused() {
        try (Model model = load();
                Session session = model.newSession()) {
            List<String> messages = new ArrayList<>();
            GenerateListener nested = Trigger.onText(
                    0,
                    () -> messages.add(assertThrows(IllegalStateException.class, () -> session.generate(tokens(3)))
                            .getMessage()));
            session.generate(tokens(5), GREEDY.withMaxTokens(3), nested);
            assertEquals(List.of("the session is generating already: open another one"), messages);
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void closeModel_whileGenerating_endsTheGenerationWithAnError() {
        Model model = load();
        Session session = model.newSession();
        ClosedException error = assertThrows(
                ClosedException.class, () -> session.generate(tokens(5), GREEDY, Trigger.onText(2, model::close)));
        assertEquals(text + CLOSED, error.getMessage());
        assertEquals(
                text + CLOSED,
                assertThrows(ClosedException.class, () -> session.generate(tokens(5)))
                        .getMessage());
        assertEquals(
                text + CLOSED,
                assertThrows(ClosedException.class, model::newSession).getMessage());
        assertEquals(
                text + CLOSED,
                assertThrows(ClosedException.class, () -> model.trace(tokens(5), 1, true))
                        .getMessage());
        model.close();
        session.close();
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void closeModel_fromAnotherThread_endsTheGenerationWithAnError() throws InterruptedException {
        Model model = load();
        Session session = model.newSession();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Object begun = new Object();
            Future<GenerateResult> running;
            synchronized (begun) {
                running = threads.submit(() -> session.generate(tokens(5), GREEDY, Trigger.onText(0, () -> {
                    synchronized (begun) {
                        begun.notifyAll();
                    }
                    while (!Thread.currentThread().isInterrupted() && !isClosed(model)) {
                        Thread.onSpinWait();
                    }
                })));
                begun.wait();
            }
            model.close();
            ExecutionException error = assertThrows(ExecutionException.class, running::get);
            assertInstanceOf(ClosedException.class, error.getCause());
        }
    }

    private static boolean isClosed(Model model) {
        try {
            model.newSession().close();
            return false;
        } catch (ClosedException e) {
            return true;
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void closeSession_whileGenerating_endsTheGenerationWithAnError() {
        try (Model model = load()) {
            Session session = model.newSession();
            ClosedException error = assertThrows(
                    ClosedException.class,
                    () -> session.generate(tokens(5), GREEDY, Trigger.onText(2, session::close)));
            assertEquals("the session is closed; open another one", error.getMessage());
            session.close();
            assertThrows(ClosedException.class, () -> session.generate(tokens(5)));
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void fileCutShort_whileMapped_isFoundBeforeTheNextCall() throws IOException {
        Path copy = Files.copy(text, folder.resolve("cut.gguf"));
        try (Model model = Model.load(copy);
                Session session = model.newSession()) {
            session.generate(tokens(4), GREEDY.withMaxTokens(2), GenerateListener.NONE);
            try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                file.truncate(1000);
            }
            ModelFileException error = assertThrows(ModelFileException.class, () -> session.generate(tokens(4)));
            assertEquals(
                    copy + ": changed while in use: found 1000 bytes, expected " + Files.size(text)
                            + "; a model file in use must not be written to: replace it by renaming another one over"
                            + " it, or load with copied weights; load it again now",
                    error.getMessage());
        }
        Path kept = Files.copy(text, folder.resolve("kept.gguf"));
        try (Model model = Model.load(kept, LoadOptions.defaults().withCopyWeights(true));
                Session session = model.newSession()) {
            Files.write(kept, new byte[10]);
            GenerateResult result = session.generate(tokens(4), GREEDY.withMaxTokens(2), GenerateListener.NONE);
            assertEquals(2, result.tokens().size());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void load_stoppedByTheListener_isCancelled() {
        LoadOptions options = LoadOptions.defaults().withListener((done, total) -> false);
        assertThrows(CancellationException.class, () -> Model.load(text, options));
        assertThrows(CancellationException.class, () -> Model.load(text, options.withCopyWeights(true)));
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void sessions_manyAtOnce_answerAsAlone() throws Exception {
        try (Model model = load();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<List<Integer>> alone = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                alone.add(answer(model, i));
            }
            for (int round = 0; round < 3; round++) {
                List<Future<List<Integer>>> together = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    int which = i;
                    together.add(threads.submit(() -> answer(model, which)));
                }
                for (int i = 0; i < 8; i++) {
                    assertEquals(alone.get(i), together.get(i).get());
                }
            }
        }
    }

    private static List<Integer> answer(Model model, int which) {
        byte[] rgb = new byte[8 * 8 * 3];
        Arrays.fill(rgb, (byte) (31 * which));
        try (Session session = model.newSession()) {
            Prompt prompt = Prompt.raw("ab" + Prompt.MEDIA + "c".repeat(which), Image.of(rgb, 8, 8));
            return session.generate(prompt, GREEDY.withMaxTokens(12), GenerateListener.NONE)
                    .tokens();
        }
    }
}
