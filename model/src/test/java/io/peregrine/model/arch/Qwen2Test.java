package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// `qwen2` and `qwen2vl` models of odd shapes against the formulas in plain loops.
class Qwen2Test {

    private static ToyLlama toy(
            int layers, int dim, int ffn, int heads, int kvHeads, int headDim, int vocab, boolean tied) {
        return new ToyLlama(
                "qwen2", true, layers, dim, ffn, heads, kvHeads, headDim, headDim, vocab, tied, true, 1, null);
    }

    static Map<String, ToyLlama> shapes() {
        return Map.of(
                "usual", toy(2, 32, 48, 4, 2, 8, 300, false),
                "tied output", toy(2, 32, 48, 4, 2, 8, 300, true),
                "heads of 64, one key", toy(1, 896 / 7, 76, 2, 1, 64, 300, true),
                "heads of 80", toy(2, 160, 90, 2, 2, 80, 301, false),
                "heads of 96", toy(1, 96, 50, 3, 1, 96, 300, true),
                "heads of 256", toy(1, 50, 70, 2, 1, 256, 293, false),
                "everything odd", toy(3, 37, 53, 7, 1, 10, 293, false));
    }

    static List<String> names() {
        return shapes().keySet().stream().sorted().toList();
    }

    /// Biases of queries, keys and values only, as real files have them.
    private static ToyFile file(ToyLlama toy, long seed) {
        ToyFile file = toy.file(seed);
        for (int i = 0; i < toy.layers(); i++) {
            for (String layer : List.of("attn_output", "ffn_gate", "ffn_up", "ffn_down")) {
                file.withoutTensor("blk." + i + "." + layer + ".bias");
            }
        }
        return file.withoutKey("qwen2.rope.dimension_count");
    }

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTheFormulas(String name, @TempDir Path folder) {
        ToyLlama toy = shapes().get(name);
        check(name, toy, file(toy, name.hashCode()), folder);
    }

    /// Text has the same position on all axes. The sections are those of real models.
    @Test
    void qwen2vl_textIsAsInQwen2(@TempDir Path folder) {
        ToyLlama toy = new ToyLlama("qwen2vl", true, 2, 80, 60, 2, 1, 128, 128, 300, true, true, 1, null);
        check("qwen2vl", toy, toy.file(3).key("qwen2vl.rope.dimension_sections", new int[] {16, 24, 24, 0}), folder);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|nothing",
                "2,2|[2, 2]",
                "1,1,1|[1, 1, 1]",
                "2,2,1,0|[2, 2, 1, 0]",
                "5,-1,0,0|[5, -1, 0, 0]",
                "2147483647,2147483647,6,0|[2147483647, 2147483647, 6, 0]",
                "1,1,1,1,0|5 numbers"
            })
    void qwen2vl_wrongSections_areRefused(@Nullable String sections, String found, @TempDir Path folder) {
        ToyFile file = new ToyLlama("qwen2vl", true, 1, 16, 8, 2, 1, 8, 8, 300, true, true, 1, null).file(3);
        if (sections != null) {
            int[] numbers = Arrays.stream(sections.split(",")).mapToInt(Integer::parseInt).toArray();
            file.key("qwen2vl.rope.dimension_sections", numbers);
        }
        Path path = file.write(folder.resolve("toy.gguf"));
        assertEquals(
                path + ": key qwen2vl.rope.dimension_sections: found " + found
                        + ", expected 3 or 4 numbers from 0 whose sum is 4, half of what turns of a head",
                assertThrows(ModelFormatException.class, () -> Model.load(path)).getMessage());
    }

    private static void check(String name, ToyLlama toy, ToyFile file, Path folder) {
        int[] tokens = IntStream.range(0, 19).map(i -> (i * 31 + 7) % toy.vocab()).toArray();
        TraceResult trace;
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2))) {
            assertEquals(List.of(), model.notes());
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
}
