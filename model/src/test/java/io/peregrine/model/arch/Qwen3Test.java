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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `qwen3` models of odd shapes against the formulas in plain loops.
class Qwen3Test {

    @TempDir
    private Path folder;

    private static ToyLlama toy(
            int layers, int dim, int ffn, int heads, int kvHeads, int headDim, int vocab, boolean tied) {
        return new ToyLlama(
                "qwen3", true, layers, dim, ffn, heads, kvHeads, headDim, headDim, vocab, tied, false, 1, null);
    }

    static Map<String, ToyLlama> shapes() {
        return Map.of(
                "heads wider than the model", toy(2, 32, 48, 4, 2, 16, 300, false),
                "tied output", toy(2, 32, 48, 4, 2, 8, 300, true),
                "heads of 64, one key", toy(1, 50, 76, 2, 1, 64, 300, true),
                "heads of 80", toy(2, 60, 90, 3, 3, 80, 301, false),
                "heads of 96", toy(1, 96, 50, 3, 1, 96, 300, true),
                "heads of 128, as all real ones", toy(2, 72, 50, 4, 2, 128, 300, true),
                "heads of 256", toy(1, 50, 70, 2, 1, 256, 293, false),
                "everything odd", toy(3, 37, 53, 7, 1, 10, 293, false));
    }

    static List<String> names() {
        return shapes().keySet().stream().sorted().toList();
    }

    private static ToyFile file(ToyLlama toy, long seed) {
        ToyFile file = toy.file(seed).withoutKey("qwen3.rope.dimension_count");
        for (int i = 0; i < toy.layers(); i++) {
            file.vector("blk." + i + ".attn_q_norm.weight", 1, toy.headDim())
                    .vector("blk." + i + ".attn_k_norm.weight", 1, toy.headDim());
        }
        return file;
    }

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTheFormulas(String name) {
        ToyLlama toy = shapes().get(name);
        ToyFile file = file(toy, name.hashCode());
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

    @Test
    void withoutNormsOfHeads_isRefused() {
        ToyLlama toy = shapes().get("tied output");
        Path path = file(toy, 1).withoutTensor("blk.1.attn_k_norm.weight").write(folder.resolve("toy.gguf"));
        assertEquals(
                path + ": tensor blk.1.attn_k_norm.weight: found nothing, expected shape [8]; the file is incomplete, or it"
                        + " is not of the architecture that it names",
                assertThrows(ModelFormatException.class, () -> Model.load(path)).getMessage());
    }
}
