package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyPhi2;
import io.peregrine.model.TraceResult;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `phi2` models of odd shapes against the formulas in plain loops.
class Phi2Test {

    @TempDir
    private Path folder;

    /// Heads of 80 elements of which 32 turn are Phi-2's; 530 tokens are more than a prompt is read at once.
    @ParameterizedTest
    @CsvSource({
        "2, 32, 48, 4, 4, 4, 300, true, false, 19",
        "2, 32, 48, 4, 4, 8, 300, false, false, 19",
        "1, 160, 37, 2, 2, 32, 300, true, false, 19",
        "1, 80, 61, 1, 1, 32, 293, false, true, 19",
        "2, 36, 33, 6, 2, 2, 301, true, true, 19",
        "3, 35, 53, 5, 1, 6, 263, false, false, 19",
        "1, 16, 9, 2, 1, 4, 300, true, false, 530"
    })
    void logitsAreThoseOfTheFormulas(
            int layers,
            int dim,
            int ffn,
            int heads,
            int kvHeads,
            int rotated,
            int vocab,
            boolean fused,
            boolean tied,
            int length) {
        ToyPhi2 toy = new ToyPhi2(layers, dim, ffn, heads, kvHeads, rotated, vocab, fused, tied);
        ToyFile file = toy.file(dim + length);
        int[] tokens = IntStream.range(0, length).map(i -> (i * 31 + 7) % vocab).toArray();
        TraceResult trace;
        try (Model model = load(file)) {
            assertEquals(List.of(), model.notes());
            trace = model.trace(Prompt.tokens(tokens), 3, true);
        }
        for (int step = 0; step < trace.generated().size(); step++) {
            double[] expected = toy.logits(file, tokens);
            float[] narrow = new float[vocab];
            for (int i = 0; i < vocab; i++) {
                narrow[i] = (float) expected[i];
            }
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * vocab, (step + 1) * vocab);
            Fixture.assertClose("step " + step, narrow, found, 2e-4);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = trace.generated().get(step);
        }
    }

    @Test
    void fusedMatrixOfAnotherShape_isRefused() {
        ToyFile file = new ToyPhi2(1, 32, 48, 4, 4, 8, 300, true, false)
                .file(1)
                .matrix("blk.0.attn_qkv.weight", 64, 32);
        assertEquals(
                folder.resolve("toy.gguf") + ": tensor blk.0.attn_qkv.weight: found shape [64, 32], expected shape [96, 32]",
                assertThrows(ModelFormatException.class, () -> load(file)).getMessage());
    }

    private Model load(ToyFile file) {
        return Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2));
    }
}
