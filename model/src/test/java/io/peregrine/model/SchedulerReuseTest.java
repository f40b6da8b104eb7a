package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What requests have in common is computed once, and a request's answer is the same whoever else is served.
@Timeout(120)
class SchedulerReuseTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);
    private static final SchedulerOptions OPTIONS = SchedulerOptions.defaults();

    @TempDir
    private static Path folder;

    private static Model toy() {
        Path text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        Path mmproj = ToyLlava.file(6, 32).write(folder.resolve("mmproj.gguf"));
        return Model.load(text, LoadOptions.defaults().withThreads(2).withMmproj(mmproj));
    }

    private static Prompt tokens(int first, int count) {
        return Prompt.tokens(ids(first, count));
    }

    private static int[] ids(int first, int count) {
        return IntStream.range(0, count).map(i -> 3 + (first + i * 7) % 290).toArray();
    }

    /// A system prompt of `shared` tokens, and a question of its own.
    private static Prompt question(int shared, int which, int own) {
        int[] ids = Arrays.copyOf(ids(1, shared), shared + own);
        System.arraycopy(ids(100 + which, own), 0, ids, shared, own);
        return Prompt.tokens(ids);
    }

    private static Prompt picture(String question, int shade, int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        Arrays.fill(rgb, (byte) shade);
        return Prompt.raw("ab" + Prompt.MEDIA + question, Image.of(rgb, width, height));
    }

    private static GenerateResult run(Scheduler scheduler, Prompt prompt, int tokens) {
        return scheduler
                .submit(prompt, GREEDY.withMaxTokens(tokens), GenerateListener.NONE)
                .await();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text_llama_q8_0",
                "text_llama_q4_k_m",
                "vlm_gemma3",
                "vlm_lfm2",
                "vlm_qwen25vl"
            })
    void eightTogether_answerAsAlone(String name) {
        Fixture fixture = Fixture.of(name);
        Path mmproj = fixture.path("mmproj.gguf");
        LoadOptions loading = LoadOptions.defaults().withThreads(2);
        try (Model model = Model.load(
                fixture.path("model.gguf"), mmproj.toFile().exists() ? loading.withMmproj(mmproj) : loading)) {
            SchedulerOptions options = OPTIONS.withReproducible(true).withSequences(8);
            List<Prompt> prompts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                prompts.add(
                        i % 2 == 1 && model.seesImages()
                                ? picture("What is this? ".repeat(i), 30 * i, 40 + i, 50)
                                : Prompt.raw("The large bird describes a table. ".repeat(1 + i)));
            }
            List<List<Integer>> alone = new ArrayList<>();
            for (Prompt prompt : prompts) {
                try (Scheduler scheduler = model.newScheduler(options)) {
                    alone.add(run(scheduler, prompt, 8).tokens());
                }
            }
            try (Scheduler scheduler = model.newScheduler(options)) {
                for (int round = 0; round < 2; round++) {
                    List<Ticket> tickets = new ArrayList<>();
                    for (Prompt prompt : prompts) {
                        tickets.add(scheduler.submit(prompt, GREEDY.withMaxTokens(8), GenerateListener.NONE));
                    }
                    for (int i = 0; i < 8; i++) {
                        assertEquals(
                                alone.get(i),
                                tickets.get(i).await().tokens(),
                                "request " + i + " in round " + round);
                    }
                }
                assertEquals(model.seesImages() ? 4 : 0, scheduler.stats().encodedPictures());
            }
        }
    }

    @Test
    void prompt_askedAgain_isComputedFromItsLastRow() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            GenerateResult first = run(scheduler, tokens(1, 200), 5);
            assertEquals(0, first.reusedTokens());
            GenerateResult second = run(scheduler, tokens(1, 200), 5);
            assertEquals(199, second.reusedTokens());
            assertEquals(first.tokens(), second.tokens());
            assertEquals(1, scheduler.stats().idleSequences());
            assertEquals(400, scheduler.stats().promptTokens());
            assertEquals(199, scheduler.stats().reusedTokens());
        }
    }

    @Test
    void answer_takenUpInTheNextPrompt_isNotComputedAgain() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            GenerateResult first = run(scheduler, tokens(1, 50), 10);
            int[] next = Arrays.copyOf(ids(1, 50), 70);
            for (int i = 0; i < 10; i++) {
                next[50 + i] = first.tokens().get(i);
            }
            // The last token of the answer was chosen, but never entered the decoder.
            assertEquals(59, run(scheduler, Prompt.tokens(next), 3).reusedTokens());
        }
    }

    @Test
    void sharedPrompt_ofManyAtOnce_isComputedOnceAndHeldOnce() {
        SchedulerOptions options = OPTIONS.withSequences(8)
                .withSession(SessionOptions.defaults().withContextLength(512));
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(options)) {
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                tickets.add(scheduler.submit(question(384, i, 20), GREEDY.withMaxTokens(4), GenerateListener.NONE));
            }
            List<GenerateResult> results = tickets.stream().map(Ticket::await).toList();
            long computed = results.stream()
                    .mapToLong(result -> result.promptTokens() - result.reusedTokens())
                    .sum();
            assertEquals(384 + 8 * 20, computed);
            // Keys and values of two layers of two heads of 8 in F16: three shared pages, and a last one for each.
            long page = 2 * 2L * 2 * 128 * (8 + 16);
            assertEquals((3 + 8) * page, scheduler.stats().cacheBytes());
            for (int i = 0; i < 8; i++) {
                try (Scheduler fresh = model.newScheduler(options)) {
                    assertEquals(
                            run(fresh, question(384, i, 20), 4).tokens(),
                            results.get(i).tokens());
                }
            }
        }
    }

    @Test
    void sequences_thatAreTooMany_leaveTheOldestFirst() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS.withIdleSequences(2))) {
            run(scheduler, tokens(1, 40), 2);
            run(scheduler, tokens(2, 40), 2);
            assertEquals(39, run(scheduler, tokens(1, 40), 2).reusedTokens());
            run(scheduler, tokens(3, 40), 2);
            assertEquals(2, scheduler.stats().idleSequences());
            assertEquals(39, run(scheduler, tokens(1, 40), 2).reusedTokens());
            assertEquals(0, run(scheduler, tokens(2, 40), 2).reusedTokens());
        }
    }

    @Test
    void sequences_thatTakeTooMuch_areNotKept() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS.withCacheBytes(1))) {
            run(scheduler, tokens(1, 40), 2);
            assertEquals(0, scheduler.stats().idleSequences());
            assertEquals(0, scheduler.stats().cacheBytes());
        }
    }

    @Test
    void picture_askedTwice_isEncodedOnceAndItsRowsAreReused() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            CountDownLatch go = new CountDownLatch(1);
            Ticket blocker = scheduler.submit(tokens(1, 4), GREEDY.withMaxTokens(2), text -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tickets.add(scheduler.submit(
                        picture("q" + i, 50, 8, 8), GREEDY.withMaxTokens(3), GenerateListener.NONE));
            }
            go.countDown();
            tickets.forEach(Ticket::await);
            blocker.await();
            assertEquals(1, scheduler.stats().encodedPictures());
            GenerateResult again = run(scheduler, picture("another question", 50, 8, 8), 3);
            assertEquals(1, scheduler.stats().encodedPictures());
            assertTrue(again.reusedTokens() >= again.imageTokens(), "reused: " + again.reusedTokens());
            assertEquals(1, scheduler.stats().pictures());
        }
    }

    @Test
    void picture_ofAnotherShape_isAnotherPicture() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            run(scheduler, picture("q", 50, 16, 4), 3);
            run(scheduler, picture("q", 50, 4, 16), 3);
            assertEquals(2, scheduler.stats().encodedPictures());
        }
    }

    @Test
    void picture_forgotten_stillServesWhereItsRowsAreHeld() {
        try (Model model = toy();
                Scheduler scheduler = model.newScheduler(OPTIONS.withPictureBytes(1))) {
            run(scheduler, picture("q", 50, 8, 8), 3);
            assertEquals(0, scheduler.stats().pictures());
            GenerateResult again = run(scheduler, picture("q", 50, 8, 8), 3);
            assertEquals(again.promptTokens() - 1, again.reusedTokens());
            assertEquals(1, scheduler.stats().encodedPictures());
        }
    }

    @Test
    void windowOfGemma_goesBackOnlyAsFarAsItsRowsAreHeld() {
        Path text = new ToyGemma3(new boolean[] {true, false}, 16, 32, 48, 4, 2, 16, 300, true, 1, 16)
                .file(3)
                .write(folder.resolve("gemma.gguf"));
        try (Model model = Model.load(text);
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            run(scheduler, tokens(1, 900), 3);
            GenerateResult far = run(scheduler, question(40, 1, 30), 5);
            assertEquals(0, far.reusedTokens());
            GenerateResult near = run(scheduler, tokens(1, 880), 5);
            assertTrue(near.reusedTokens() >= 800, "reused: " + near.reusedTokens());
            try (Scheduler fresh = model.newScheduler(OPTIONS)) {
                assertEquals(run(fresh, tokens(1, 880), 5).tokens(), near.tokens());
            }
        }
    }

    @Test
    void convolutionsOfLfm2_goBackToWhereTheyCan() {
        Path text = ToyLfm2.usual().file(3).write(folder.resolve("lfm2.gguf"));
        try (Model model = Model.load(text);
                Scheduler scheduler = model.newScheduler(OPTIONS)) {
            GenerateResult first = run(scheduler, question(300, 1, 20), 5);
            GenerateResult other = run(scheduler, question(300, 2, 20), 5);
            assertEquals(256, other.reusedTokens());
            assertEquals(319, run(scheduler, question(300, 1, 20), 5).reusedTokens());
            assertEquals(first.tokens(), run(scheduler, question(300, 1, 20), 5).tokens());
            try (Scheduler fresh = model.newScheduler(OPTIONS)) {
                assertEquals(run(fresh, question(300, 2, 20), 5).tokens(), other.tokens());
            }
        }
    }
}
