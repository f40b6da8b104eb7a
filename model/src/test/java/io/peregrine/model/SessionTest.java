package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sessions on a toy model: limits, what they keep between prompts, and what their results say.
class SessionTest {

    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    @TempDir
    private static Path folder;

    private static Model model;

    @BeforeAll
    static void load() {
        Path text = ToyLlama.usual().file(5).write(folder.resolve("toy.gguf"));
        Path mmproj = ToyLlava.file(6, 32).write(folder.resolve("mmproj.gguf"));
        model = Model.load(text, LoadOptions.defaults().withThreads(2).withMmproj(mmproj));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Session session(int context) {
        return model.newSession(SessionOptions.defaults().withContextLength(context));
    }

    private static Prompt tokens(int count) {
        return Prompt.tokens(IntStream.range(0, count).map(i -> 3 + i * 7 % 290).toArray());
    }

    private static Image picture(int colour) {
        byte[] rgb = new byte[8 * 8 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (colour + i);
        }
        return Image.of(rgb, 8, 8);
    }

    @Test
    void maxTokens_reached_endsWithLength() {
        try (Session session = session(64)) {
            GenerateResult result = session.generate(tokens(5), GREEDY.withMaxTokens(3), GenerateListener.NONE);
            assertEquals(FinishReason.LENGTH, result.finish());
            assertEquals(3, result.tokens().size());
            assertEquals(5, result.promptTokens());
            assertEquals(0, result.imageTokens());
        }
    }

    @Test
    void reuse_promptThatBeginsLikeTheLast_isReadFromWhereTheyPart() {
        int[] first = IntStream.range(0, 30).map(i -> 3 + i * 7 % 290).toArray();
        int[] second = Arrays.copyOf(first, 40);
        Arrays.fill(second, 25, 40, 77);
        try (Session session = session(64);
                Session fresh = session(64)) {
            session.generate(Prompt.tokens(first), GREEDY.withMaxTokens(1), GenerateListener.NONE);
            GenerateResult same = session.generate(Prompt.tokens(first), GREEDY.withMaxTokens(8), text -> {});
            assertEquals(29, same.reusedTokens());
            GenerateResult reused = session.generate(Prompt.tokens(second), GREEDY.withMaxTokens(8), text -> {});
            GenerateResult expected = fresh.generate(Prompt.tokens(second), GREEDY.withMaxTokens(8), text -> {});
            assertEquals(25, reused.reusedTokens());
            assertEquals(0, expected.reusedTokens());
            assertEquals(expected.tokens(), reused.tokens());
        }
    }

    @Test
    void reuse_answerAndItsPrompt_areBothHeld() {
        try (Session session = session(64)) {
            Prompt prompt = tokens(10);
            List<Integer> answer = session.generate(prompt, GREEDY.withMaxTokens(5), text -> {})
                    .tokens();
            int[] longer = IntStream.concat(
                            IntStream.range(0, 10).map(i -> 3 + i * 7 % 290),
                            answer.stream().mapToInt(Integer::intValue))
                    .toArray();
            GenerateResult next = session.generate(Prompt.tokens(longer), GREEDY.withMaxTokens(1), text -> {});
            assertEquals(14, next.reusedTokens());
        }
    }

    @Test
    void reuse_imageWithTheSamePixels_isEncodedOnce() {
        int[] layers = new int[1];
        GenerateListener counting = new GenerateListener() {
            @Override
            public void text(String text) {}

            @Override
            public void progress(Stage stage, int done, int total) {
                layers[0] += stage == Stage.IMAGES && done < total ? 1 : 0;
            }
        };
        try (Session session = session(64);
                Session fresh = session(64)) {
            GenerateOptions short1 = GREEDY.withMaxTokens(4);
            session.generate(Prompt.raw("a" + Prompt.MEDIA + "b", picture(1)), short1, counting);
            assertEquals(2, layers[0]);
            GenerateResult held = session.generate(Prompt.raw("a" + Prompt.MEDIA + "bc", picture(1)), short1, counting);
            assertEquals(2, layers[0]);
            assertEquals(9, held.reusedTokens());
            assertEquals(4, held.imageTokens());
            Prompt moved = Prompt.raw("xy" + Prompt.MEDIA + "bc", picture(1));
            GenerateResult again = session.generate(moved, short1, counting);
            assertEquals(2, layers[0]);
            assertEquals(fresh.generate(moved, short1, text -> {}).tokens(), again.tokens());
            session.generate(Prompt.raw("xy" + Prompt.MEDIA + "bc", picture(2)), short1, counting);
            assertEquals(4, layers[0]);
        }
    }

    @Test
    void image_another_changesTheAnswersLogits() {
        TraceResult first = model.trace(Prompt.raw("a" + Prompt.MEDIA, picture(1)), 1, true);
        TraceResult second = model.trace(Prompt.raw("a" + Prompt.MEDIA, picture(100)), 1, true);
        assertFalse(Arrays.equals(first.logits().values(), second.logits().values()));
    }

    @Test
    void chunks_promptLongerThanOne_givesTheSameAsTheFormulas() {
        ToyLlama toy = new ToyLlama(1, 16, 8, 2, 1, 8, 8, 300, false, false, 1, null);
        ToyFile file = toy.file(9);
        int[] prompt = IntStream.range(0, 1100).map(i -> 3 + i * 11 % 290).toArray();
        try (Model other = Model.load(file.write(folder.resolve("long.gguf")))) {
            float[] found = other.trace(Prompt.tokens(prompt), 1, true).logits().values();
            double[] expected = toy.logits(file, prompt);
            for (int i = 0; i < found.length; i++) {
                assertEquals(expected[i], found[i], 2e-4, "logit " + i);
            }
        }
    }

    @Test
    void threads_oneTwoOrThree_giveTheSameBits() {
        Path text = folder.resolve("toy.gguf");
        Path mmproj = folder.resolve("mmproj.gguf");
        List<float[]> logits = new ArrayList<>();
        for (int threads = 1; threads <= 3; threads++) {
            LoadOptions options = LoadOptions.defaults().withThreads(threads).withMmproj(mmproj);
            try (Model other = Model.load(text, options)) {
                assertEquals(threads, other.threads());
                Prompt prompt = Prompt.raw("abc" + Prompt.MEDIA + "d".repeat(50), picture(3));
                logits.add(other.trace(prompt, 5, false).logits().values());
            }
        }
        assertTrue(Arrays.equals(logits.get(0), logits.get(1)));
        assertTrue(Arrays.equals(logits.get(0), logits.get(2)));
    }

    @Test
    void cache_f16_givesNearlyTheAnswerOfF32() {
        Prompt prompt = tokens(20);
        try (Session narrow = session(64);
                Session wide = model.newSession(
                        SessionOptions.defaults().withContextLength(64).withCache(TensorType.F32))) {
            List<Integer> expected =
                    wide.generate(prompt, GREEDY.withMaxTokens(6), text -> {}).tokens();
            assertEquals(
                    expected,
                    narrow.generate(prompt, GREEDY.withMaxTokens(6), text -> {}).tokens());
        }
    }

    @Test
    @DisplayName("33 nan-weights")
    void nanWeights_endTheRunNamingTheFirstResult() {
        ToyFile file = ToyLlama.usual().file(5);
        file.weights("blk.1.ffn_up.weight")[17] = Float.NaN;
        try (Model other = Model.load(file.write(folder.resolve("nan.gguf")));
                Session session = other.newSession()) {
            ModelFormatException error = assertThrows(ModelFormatException.class, () -> session.generate(tokens(7)));
            assertEquals(
                    folder.resolve("nan.gguf") + ": layer 1, ffn_inner, position 0: found NaN, expected finite numbers;"
                            + " the weights are damaged, or the model needs a wider type than they are stored in",
                    error.getMessage());
        }
    }

    @DisplayName("66 lifetime-and-memory faults")
    @Test
    void heap_tooSmallForTheContext_isRefusedBeforeAllocating() {
        int context = Model.MAX_CONTEXT;
        long bytesPerRow = 2 * 2 * 2 * 8 * 2;
        long fitting = (Runtime.getRuntime().maxMemory() - Runtime.getRuntime().maxMemory() / 8) / bytesPerRow;
        ResourceLimitException error = assertThrows(ResourceLimitException.class, () -> session(context));
        assertEquals(
                String.format(
                        Locale.ROOT,
                        "keys and values of a context of %d tokens: %.1f MiB exceeds the limit of %.1f MiB of the Java"
                                + " heap; ask for a context of at most %d tokens, keep them as F16, or give the JVM"
                                + " more memory with -Xmx",
                        context,
                        context * bytesPerRow / 1048576.0,
                        fitting * bytesPerRow / 1048576.0,
                        fitting),
                error.getMessage());
    }

    @Test
    void listener_throws_reachesTheCallerAndTheSessionGoesOn() {
        IllegalArgumentException thrown = new IllegalArgumentException("mine");
        try (Session session = session(64)) {
            GenerateResult expected = session.generate(tokens(9), GREEDY.withMaxTokens(9), text -> {});
            Throwable error = assertThrows(
                    IllegalArgumentException.class,
                    () -> session.generate(tokens(8), GREEDY, text -> {
                        throw thrown;
                    }));
            assertSame(thrown, error);
            GenerateResult after = session.generate(tokens(9), GREEDY.withMaxTokens(9), text -> {});
            assertEquals(expected.tokens(), after.tokens());
        }
    }

    @Test
    void prompt_withoutAnything_isRefused() {
        try (Session session = session(64)) {
            PromptException error = assertThrows(PromptException.class, () -> session.generate(Prompt.tokens()));
            assertEquals("prompt: it is empty; give the model some text to go on from", error.getMessage());
        }
    }

    @Test
    void prompt_tokenOutsideTheVocabulary_isRefused() {
        try (Session session = session(64)) {
            PromptException error = assertThrows(PromptException.class, () -> session.generate(Prompt.tokens(5, 300)));
            assertEquals(
                    "prompt: token 300 is not in the vocabulary of 300 tokens; use tokens of this model",
                    error.getMessage());
        }
    }

    @DisplayName("45 placeholder-without-image / count-mismatch")
    @Test
    void placeholder_moreMarksThanImages_isRefused() {
        PromptException error = assertThrows(
                PromptException.class, () -> Prompt.raw(Prompt.MEDIA + " and " + Prompt.MEDIA, picture(1)));
        assertEquals(
                "prompt: found 2 marks <__media__> and 1 images; give one image for each mark", error.getMessage());
    }

    @Test
    void image_forATextModel_isRefused() {
        try (Model text = Model.load(folder.resolve("toy.gguf"));
                Session session = text.newSession()) {
            PromptException error =
                    assertThrows(PromptException.class, () -> session.generate(Prompt.raw(Prompt.MEDIA, picture(1))));
            assertEquals(
                    "prompt: it has an image, but the model was loaded without a vision part; load the model with the"
                            + " mmproj file that belongs to it",
                    error.getMessage());
            assertFalse(text.seesImages());
        }
    }
}
