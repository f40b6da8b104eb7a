package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlama;
import io.peregrine.model.TraceResult;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `llama` models of odd shapes against the formulas in plain loops.
class LlamaShapesTest {

    private static final float[] FACTORS = {1, 1.5f, 4, 8};

    /// layers, dim, ffn, heads, kvHeads, headDim, rotated, vocab, tied, biases, linear scaling, factors
    static Map<String, ToyLlama> shapes() {
        return Map.ofEntries(
                Map.entry("usual", ToyLlama.usual()),
                Map.entry("tied output", new ToyLlama(2, 32, 48, 4, 2, 8, 8, 300, true, false, 1, null)),
                Map.entry("biases everywhere", new ToyLlama(2, 32, 48, 4, 2, 8, 8, 300, false, true, 1, null)),
                Map.entry("linear scaling", new ToyLlama(2, 32, 48, 4, 2, 8, 8, 300, false, false, 4, null)),
                Map.entry("factors of llama3", new ToyLlama(2, 32, 48, 4, 2, 8, 8, 300, false, false, 1, FACTORS)),
                Map.entry("factors and linear", new ToyLlama(1, 32, 48, 4, 2, 8, 8, 300, false, false, 2, FACTORS)),
                Map.entry("part of a head turns", new ToyLlama(2, 32, 48, 4, 2, 8, 4, 300, false, false, 1, null)),
                Map.entry("odd head", new ToyLlama(2, 28, 20, 4, 4, 7, 6, 300, false, false, 1, null)),
                Map.entry("wide heads", new ToyLlama(2, 24, 40, 3, 1, 20, 20, 300, false, false, 1, null)),
                Map.entry("narrow heads", new ToyLlama(1, 36, 33, 6, 3, 2, 2, 300, true, false, 1, null)),
                Map.entry("one head", new ToyLlama(1, 5, 3, 1, 1, 5, 4, 261, false, true, 1, null)),
                Map.entry("everything prime", new ToyLlama(3, 37, 53, 7, 1, 11, 10, 293, false, true, 1, null)));
    }

    static List<String> names() {
        return shapes().keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTheFormulas(String name, @TempDir Path folder) {
        ToyLlama toy = shapes().get(name);
        ToyFile file = toy.file(name.hashCode());
        int[] prompt =
                IntStream.range(0, 19).map(i -> (i * 31 + 7) % toy.vocab()).toArray();
        int steps = 4;
        TraceResult trace;
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2))) {
            assertEquals(List.of(), model.notes());
            trace = model.trace(Prompt.tokens(prompt), steps, true);
        }
        int[] tokens = prompt;
        for (int step = 0; step < trace.generated().size(); step++) {
            double[] expected = toy.logits(file, tokens);
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * toy.vocab(), (step + 1) * toy.vocab());
            Fixture.assertClose(name + " step " + step, floats(expected), found, 2e-4);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = trace.generated().get(step);
        }
    }

    /// A prompt longer than a chunk and the window, then one token at a time.
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 17, 600})
    void slidingWindow_hidesWhatIsFartherBack(int window, @TempDir Path folder) {
        ToyLlama toy = new ToyLlama(2, 16, 8, 2, 1, 8, 8, 300, false, false, 1, null);
        ToyFile file = toy.file(11).key("llama.attention.sliding_window", window);
        int[] tokens = IntStream.range(0, 530).map(i -> 3 + i * 31 % 290).toArray();
        TraceResult trace;
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2))) {
            trace = model.trace(Prompt.tokens(tokens), 3, true);
        }
        for (int step = 0; step < trace.generated().size(); step++) {
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * toy.vocab(), (step + 1) * toy.vocab());
            Fixture.assertClose("step " + step, floats(toy.logits(file, tokens)), found, 2e-4);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = trace.generated().get(step);
        }
        assertEquals(window < 531, different(toy, file, tokens), "the window matters");
    }

    private static boolean different(ToyLlama toy, ToyFile file, int[] tokens) {
        double[] limited = toy.logits(file, tokens);
        return !Arrays.equals(limited, toy.logits(file.withoutKey("llama.attention.sliding_window"), tokens));
    }

    @Test
    void slidingWindow_noneOrInSomeLayers(@TempDir Path folder) {
        Path none = ToyLlama.usual().file(3).key("llama.attention.sliding_window", 0).write(folder.resolve("none.gguf"));
        Path plain = ToyLlama.usual().file(3).write(folder.resolve("plain.gguf"));
        try (Model first = Model.load(none);
                Model second = Model.load(plain)) {
            Prompt prompt = Prompt.tokens(5, 6, 7, 8);
            assertArrayEquals(
                    second.trace(prompt, 2, true).logits().values(),
                    first.trace(prompt, 2, true).logits().values());
        }
        Path some = ToyLlama.usual()
                .file(3)
                .key("llama.attention.sliding_window_pattern", 2)
                .write(folder.resolve("some.gguf"));
        assertEquals(
                some + ": llama.attention.sliding_window_pattern (windows in some layers only) is not supported; supported:"
                        + " one window for all layers, or none",
                assertThrows(UnsupportedModelException.class, () -> Model.load(some))
                        .getMessage());
    }

    /// Vicuna v0 has 32001 tokens: one more for padding, which no multiple of anything divides. It ends an answer, if a
    /// model should ever say it.
    @Test
    void oneTokenMore_isReadAndWritten(@TempDir Path folder) {
        ToyLlama toy = new ToyLlama(1, 32, 48, 4, 4, 8, 8, 301, false, false, 1, null);
        ToyFile file = toy.file(5).renameToken(300, "[PAD]", 1).key("tokenizer.ggml.padding_token_id", 300);
        int[] prompt = {1, 300, 7, 300};
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2))) {
            assertEquals(List.of(), model.notes());
            assertTrue(model.tokenizer().vocabulary().isEndOfGeneration(300));
            assertTrue(model.tokenizer().vocabulary().isControl(300));
            TraceResult trace = model.trace(Prompt.tokens(prompt), 1, true);
            assertEquals(301, trace.logits().width());
            Fixture.assertClose(
                    "logits", floats(toy.logits(file, prompt)), trace.logits().values(), 2e-4);
        }
    }

    /// Files of Yi: no token in front of texts, turns between tokens of their own, one of which ends an answer.
    @Test
    void yi_turnsAreTokens(@TempDir Path folder) {
        ToyFile file = ToyLlama.usual()
                .file(5)
                .renameToken(298, "<|im_start|>", 4)
                .renameToken(299, "<|im_end|>", 4)
                .key("tokenizer.ggml.add_bos_token", false)
                .key("tokenizer.ggml.padding_token_id", 0)
                .key("llama.rope.freq_base", 5e6f);
        try (Model model = Model.load(file.write(folder.resolve("toy.gguf")))) {
            TraceResult trace = model.trace(Prompt.raw("<|im_start|>a<|im_end|><|im_start|>"), 1, true);
            List<Integer> ids = ((TraceResult.Tokens) trace.layout().getFirst()).ids();
            assertEquals(298, ids.getFirst());
            assertEquals(List.of(299, 298), ids.subList(ids.size() - 2, ids.size()));
            assertTrue(model.tokenizer().vocabulary().isEndOfGeneration(299));
        }
    }

    private static float[] floats(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
