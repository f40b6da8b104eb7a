package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Log probabilities of tokens against the formula.
class LogprobsTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    @TempDir
    private static Path folder;

    @Test
    void logprobs_areThoseOfTheLogits() {
        Path text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        Prompt prompt = Prompt.tokens(IntStream.range(0, 9).map(i -> 3 + i * 7).toArray());
        try (Model model = Model.load(text);
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
                    session.generate(prompt, GREEDY.withMaxTokens(4).withLogprobs(3), listener);
            assertEquals(heard, result.logprobs());
            assertEquals(
                    result.tokens(), heard.stream().map(TokenLogprob::token).toList());
            float[] logits = model.trace(prompt, 1, true).logits().values();
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
    void logprobs_notAskedFor_areNone() {
        Path text = ToyLlama.usual().file(5).write(folder.resolve("toy2.gguf"));
        try (Model model = Model.load(text);
                Session session = model.newSession()) {
            GenerateResult result =
                    session.generate(Prompt.tokens(5, 6), GREEDY.withMaxTokens(4), GenerateListener.NONE);
            assertEquals(List.of(), result.logprobs());
            result = session.generate(
                    Prompt.tokens(5, 6), GREEDY.withMaxTokens(4).withLogprobs(0), GenerateListener.NONE);
            assertEquals(4, result.logprobs().size());
            assertEquals(List.of(), result.logprobs().getFirst().top());
        }
    }

    @Test
    void logprobs_outOfRange_areRefused() {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> GREEDY.withLogprobs(21));
        assertEquals("logprobs: found 21, expected -1 or a number from 0 to 20", error.getMessage());
    }
}
