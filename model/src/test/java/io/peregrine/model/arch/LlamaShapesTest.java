package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    private static float[] floats(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
