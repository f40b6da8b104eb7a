package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many requests on one model.
@Timeout(120)
class SchedulerTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    @TempDir
    private static Path folder;

    private static Path text;

    @BeforeAll
    static void write() {
        text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
    }

    private static Model load() {
        return Model.load(text, LoadOptions.defaults().withThreads(2));
    }

    private static Prompt tokens(int count) {
        return Prompt.tokens(IntStream.range(0, count).map(i -> 3 + i * 7 % 290).toArray());
    }

    @Test
    void submit_several_answersAsASession() {
        try (Model model = load();
                Scheduler scheduler = model.newScheduler(SchedulerOptions.defaults());
                Session session = model.newSession()) {
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 1; i <= 6; i++) {
                tickets.add(scheduler.submit(tokens(5 * i), GREEDY.withMaxTokens(6), GenerateListener.NONE));
            }
            for (int i = 1; i <= 6; i++) {
                GenerateResult alone =
                        session.generate(tokens(5 * i), GREEDY.withMaxTokens(6), GenerateListener.NONE);
                assertEquals(alone.tokens(), tickets.get(i - 1).await().tokens());
            }
            assertEquals(6, scheduler.stats().completed());
        }
    }

    @Test
    void submit_afterClose_isRefused() {
        try (Model model = load()) {
            Scheduler scheduler = model.newScheduler(SchedulerOptions.defaults());
            scheduler.close();
            ClosedException error = assertThrows(
                    ClosedException.class, () -> scheduler.submit(tokens(3), GREEDY, GenerateListener.NONE));
            assertEquals("the scheduler is closed; open another one", error.getMessage());
        }
    }

    @Test
    void logprobs_areThoseOfTheLogits() {
        try (Model model = load();
                Session session = model.newSession()) {
            List<TokenLogprob> heard = new ArrayList<>();
            GenerateListener listener = new GenerateListener() {
                @Override
                public void text(String text) {}

                @Override
                public void token(TokenLogprob token) {
                    heard.add(token);
                }
            };
            GenerateResult result =
                    session.generate(tokens(9), GREEDY.withMaxTokens(4).withLogprobs(3), listener);
            assertEquals(heard, result.logprobs());
            float[] logits = model.trace(tokens(9), 1, true).logits().values();
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            List<Integer> order = IntStream.range(0, logits.length)
                    .boxed()
                    .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                    .limit(3)
                    .toList();
            TokenLogprob first = result.logprobs().getFirst();
            assertEquals(order, first.top().stream().map(TokenLogprob::token).toList());
            assertEquals(order.getFirst(), first.token());
            for (TokenLogprob top : first.top()) {
                assertEquals(Math.log(Math.exp(logits[top.token()]) / sum), top.logprob(), 1e-3);
            }
        }
    }

    @Test
    void logprobs_outOfRange_areRefused() {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> GREEDY.withLogprobs(21));
        assertEquals("logprobs: found 21, expected -1 or a number from 0 to 20", error.getMessage());
    }
}
