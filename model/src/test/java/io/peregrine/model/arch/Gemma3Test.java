package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyGemma3;
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

/// `gemma3` models of odd shapes against the formulas in plain loops.
class Gemma3Test {

    private static final String PATTERN = "gemma3.attention.sliding_window_pattern";

    @TempDir
    private Path folder;

    private static boolean[] everyNth(int layers, int n) {
        boolean[] local = new boolean[layers];
        for (int i = 0; i < layers; i++) {
            local[i] = (i + 1) % n != 0;
        }
        return local;
    }

    /// A toy and the pattern that its file gives, if any.
    private record Shape(ToyGemma3 toy, Object... pattern) {

        ToyFile file(long seed) {
            ToyFile file = toy.file(seed);
            return pattern.length == 0 ? file : file.key(PATTERN, pattern[0]);
        }
    }

    /// layers that see the window, window, dim, ffn, heads, kvHeads, headDim, vocab, tied, linear scaling, divisor
    static Map<String, Shape> shapes() {
        boolean[] odd = {false, true, true};
        return Map.of(
                "every sixth layer sees everything",
                new Shape(new ToyGemma3(everyNth(7, 6), 5, 32, 48, 4, 2, 16, 300, true, 8, 16)),
                "heads of 80, one key, a pattern of 3",
                new Shape(new ToyGemma3(everyNth(3, 3), 8, 72, 50, 3, 1, 80, 301, true, 1, 80), 3),
                "heads of 96, keys of their own, an output matrix",
                new Shape(new ToyGemma3(everyNth(2, 2), 1, 37, 53, 2, 2, 96, 293, false, 4, 96), 2),
                "heads of 256, flags",
                new Shape(new ToyGemma3(odd, 3, 40, 33, 2, 1, 256, 300, true, 8, 256), new boolean[] {false, true, true}),
                "numbers as flags",
                new Shape(new ToyGemma3(odd, 19, 24, 20, 2, 1, 10, 300, true, 1, 10), new int[] {0, 1, 1}),
                "a pattern of 0: windows everywhere",
                new Shape(new ToyGemma3(new boolean[] {true, true}, 4, 24, 20, 2, 2, 8, 300, true, 2, 8), 0),
                "a pattern of 1: none",
                new Shape(new ToyGemma3(new boolean[2], 4, 24, 20, 2, 2, 8, 300, true, 2, 8), 1));
    }

    static List<String> names() {
        return shapes().keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTheFormulas(String name) {
        Shape shape = shapes().get(name);
        check(name, shape.toy(), shape.file(name.hashCode()), List.of());
    }

    private void check(String name, ToyGemma3 toy, ToyFile file, List<String> notes) {
        int[] tokens = IntStream.range(0, 21).map(i -> (i * 31 + 7) % toy.vocab()).toArray();
        TraceResult trace;
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2))) {
            assertEquals(notes, model.notes());
            trace = model.trace(Prompt.tokens(tokens), 3, true);
        }
        for (int step = 0; step < trace.generated().size(); step++) {
            double[] expected = toy.logits(file, tokens);
            float[] narrow = new float[expected.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = (float) expected[i];
            }
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * toy.vocab(), (step + 1) * toy.vocab());
            Fixture.assertClose(name + " step " + step, narrow, found, 2e-4);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = trace.generated().get(step);
        }
    }

    /// Without the window's length there is none, and no layer turns by the near base.
    @Test
    void withoutWindow_everyLayerSeesEverything() {
        ToyGemma3 toy = new ToyGemma3(new boolean[2], 4, 24, 20, 2, 2, 8, 300, true, 2, 8);
        check("no key", toy, toy.file(3).withoutKey("gemma3.attention.sliding_window"), List.of());
    }

    /// Gemma 3 27B, by its number of layers: products are divided by the root of 168 there, and not of 128.
    @Test
    void layersOf27B_scaleByTheWidth() {
        ToyGemma3 toy = new ToyGemma3(everyNth(62, 6), 4, 21, 9, 3, 1, 4, 300, true, 8, 7);
        check(
                "27B",
                toy,
                toy.file(3),
                List.of(folder.resolve("toy.gguf") + ": 62 layers, so products of queries and keys are divided by the"
                        + " root of 7, as in Gemma 3 27B"));
    }

    @Test
    void wrongFiles_areRefused() {
        ToyGemma3 toy = new ToyGemma3(everyNth(2, 6), 4, 24, 20, 2, 2, 8, 300, true, 1, 8);
        Path flags = toy.file(1).key(PATTERN, new boolean[] {true}).write(folder.resolve("flags.gguf"));
        assertEquals(
                flags + ": key " + PATTERN + ": found 1 elements, expected 2, one for each layer",
                assertThrows(ModelFormatException.class, () -> Model.load(flags)).getMessage());
        Path words = toy.file(1).key(PATTERN, new String[] {"a", "b"}).write(folder.resolve("words.gguf"));
        assertEquals(
                words + ": key " + PATTERN + ": found array of string, expected array of int32",
                assertThrows(ModelFormatException.class, () -> Model.load(words))
                        .getMessage()
                        .replaceFirst(" at byte \\d+", ""));
        Path cap = toy.file(1).key("gemma3.final_logit_softcapping", 30f).write(folder.resolve("cap.gguf"));
        assertEquals(
                cap + ": gemma3.final_logit_softcapping (logits that are cut off softly) is not supported; supported:"
                        + " Gemma 3 without it",
                assertThrows(UnsupportedModelException.class, () -> Model.load(cap)).getMessage());
        Path norm = toy.file(1).withoutTensor("blk.1.post_ffw_norm.weight").write(folder.resolve("norm.gguf"));
        assertEquals(
                norm + ": tensor blk.1.post_ffw_norm.weight: found nothing, expected shape [24]; the file is incomplete, or"
                        + " it is not of the architecture that it names",
                assertThrows(ModelFormatException.class, () -> Model.load(norm)).getMessage());
    }
}
