package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlama;
import io.peregrine.model.ToyLlava;
import io.peregrine.model.TraceResult;
import io.peregrine.model.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `granite` and `minicpm` models of odd shapes against the formulas in plain loops.
class GraniteTest {

    private static final float[] NEAR = {1, 1.5f, 4, 8};
    private static final float[] FAR = {1.25f, 6, 2, 3};

    @TempDir
    private Path folder;

    private static ToyLlama toy(
            String architecture,
            int layers,
            int dim,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int vocab,
            boolean tied,
            boolean biases) {
        return new ToyLlama(
                architecture, false, layers, dim, ffn, heads, kvHeads, headDim, headDim, vocab, tied, biases, 1, null);
    }

    private static ToyLlama usual(String architecture) {
        return toy(architecture, 2, 32, 48, 4, 2, 8, 300, false, false);
    }

    /// Factors as different from each other and from the usual ones as real files have them.
    private static ToyFile scaled(ToyLlama toy, long seed) {
        String architecture = toy.architecture();
        ToyFile file = toy.file(seed)
                .key(architecture + ".embedding_scale", 3.5f)
                .key(architecture + ".residual_scale", 0.22f)
                .key(architecture + ".logit_scale", 1.75f);
        return architecture.equals("granite") ? file.key("granite.attention.scale", 0.078125f) : file;
    }

    @ParameterizedTest
    @CsvSource({
        "granite, 2, 32, 48, 4, 2, 8, 300, false, false, 19",
        "granite, 2, 60, 90, 3, 3, 80, 301, true, false, 19",
        "granite, 1, 96, 50, 3, 1, 96, 300, true, true, 19",
        "granite, 2, 50, 76, 4, 1, 64, 293, false, true, 19",
        "granite, 3, 37, 53, 7, 7, 10, 300, true, false, 19",
        "granite, 1, 16, 9, 2, 1, 8, 300, true, false, 530",
        "minicpm, 2, 32, 48, 4, 4, 8, 300, true, false, 19",
        "minicpm, 2, 60, 90, 3, 1, 80, 301, false, false, 19",
        "minicpm, 3, 37, 53, 7, 1, 10, 263, true, true, 19"
    })
    void logitsAreThoseOfTheFormulas(
            String architecture,
            int layers,
            int dim,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int vocab,
            boolean tied,
            boolean biases,
            int length) {
        ToyLlama toy = toy(architecture, layers, dim, ffn, heads, kvHeads, headDim, vocab, tied, biases);
        ToyFile file = scaled(toy, dim + length);
        check(toy, file, file, length, List.of());
    }

    /// What a file computes is what another one says, which has the same weights.
    private void check(ToyLlama toy, ToyFile said, ToyFile file, int length, List<String> notes) {
        int vocab = toy.vocab();
        int[] tokens = tokens(length);
        TraceResult trace;
        try (Model model = load(file)) {
            assertEquals(notes, model.notes());
            trace = model.trace(Prompt.tokens(tokens), 3, true);
        }
        for (int step = 0; step < trace.generated().size(); step++) {
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * vocab, (step + 1) * vocab);
            Fixture.assertClose("step " + step, logits(toy, said, tokens), found, 2e-4);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = trace.generated().get(step);
        }
    }

    private static float[] logits(ToyLlama toy, ToyFile file, int[] tokens) {
        return narrow(toy.logits(file, tokens));
    }

    private static float[] narrow(double[] wide) {
        float[] narrow = new float[wide.length];
        for (int i = 0; i < wide.length; i++) {
            narrow[i] = (float) wide[i];
        }
        return narrow;
    }

    private static int[] tokens(int length) {
        return IntStream.range(0, length).map(i -> (i * 31 + 7) % 260).toArray();
    }

    /// Granite's authors multiply all rows that enter; the projection of MiniCPM-V is stored divided by the factor.
    @ParameterizedTest
    @ValueSource(strings = {"granite", "minicpm"})
    void rowsOfPictures_areMultipliedAsThoseOfTokens(String architecture) {
        ToyLlama toy = usual(architecture);
        ToyFile file = scaled(toy, 21);
        Path vision = ToyLlava.file(22, 32).write(folder.resolve("mmproj.gguf"));
        byte[] rgb = new byte[3 * 8 * 8];
        new Random(23).nextBytes(rgb);
        Prompt prompt = Prompt.raw("a " + Prompt.MEDIA + " b", List.of(Image.of(rgb, 8, 8)));
        TraceResult trace;
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")),
                LoadOptions.defaults().withThreads(2).withMmproj(vision))) {
            trace = model.trace(prompt, 1, true);
        }
        Fixture.assertClose(
                "logits", pictured(toy, file, trace, 3.5), trace.logits().values(), 2e-4);
        assertThrows(AssertionError.class, () -> Fixture.assertClose(
                "logits", pictured(toy, file, trace, 1), trace.logits().values(), 2e-3));
    }

    /// The logits behind a prompt with pictures, whose rows enter times `scale`.
    private static float[] pictured(ToyLlama toy, ToyFile file, TraceResult trace, double scale) {
        List<double[]> rows = new ArrayList<>();
        for (TraceResult.Part part : trace.layout()) {
            switch (part) {
                case TraceResult.Tokens tokens -> tokens.ids().forEach(id -> rows.add(toy.embedding(file, id)));
                case TraceResult.ImageRows image -> {
                    float[] values = image.block().embedding().values();
                    for (int row = 0; row < image.rows(); row++) {
                        int at = 32 * row;
                        rows.add(IntStream.range(0, 32).mapToDouble(i -> values[at + i] * scale).toArray());
                    }
                }
                case TraceResult.RegionRows region -> throw new AssertionError(region);
            }
        }
        return narrow(toy.logits(file, rows.toArray(double[][]::new), (row, pair) -> row, new double[0][][]));
    }

    /// None of them leaves the logits as they are.
    @ParameterizedTest
    @ValueSource(strings = {"embedding_scale", "residual_scale", "logit_scale", "attention.scale"})
    void everyFactor_matters(String key) {
        ToyLlama toy = usual("granite");
        float[] all = logits(toy, scaled(toy, 5), tokens(9));
        float[] without = logits(toy, scaled(toy, 5).withoutKey("granite." + key), tokens(9));
        assertFalse(Arrays.equals(all, without));
    }

    @Test
    void granite_withoutFactors_hasNone() {
        ToyLlama toy = usual("granite");
        check(toy, toy.file(6), toy.file(6), 12, List.of());
    }

    @Test
    void granite_positionsNotFinetuned_doNotTurn() {
        ToyLlama toy = usual("granite");
        ToyLlama still = new ToyLlama(
                "granite", false, 2, 32, 48, 4, 2, 8, 8, 300, false, false, Float.POSITIVE_INFINITY, null);
        check(still, scaled(toy, 7), scaled(toy, 7).key("granite.rope.scaling.finetuned", false), 12, List.of());
    }

    /// `scale_emb` 12, `scale_depth` 1.4 and `dim_model_base` 256 of the published configuration.
    @Test
    void minicpm_withoutFactors_hasThoseOfTheFirstModels() {
        ToyLlama toy = usual("minicpm");
        ToyFile said = toy.file(8)
                .key("minicpm.embedding_scale", 12f)
                .key("minicpm.residual_scale", (float) (1.4 / Math.sqrt(2)))
                .key("minicpm.logit_scale", 32 / 256f);
        check(
                toy,
                said,
                toy.file(8),
                12,
                List.of(folder.resolve("toy.gguf")
                        + ": no minicpm.embedding_scale, minicpm.residual_scale, minicpm.logit_scale; as in MiniCPM 1,"
                        + " embeddings are multiplied by 12.0, parts of layers by 0.98994946, logits divided by 0.125"));
    }

    private static ToyFile longRope(ToyLlama toy, long seed, float[] near, float[] far) {
        ToyFile file = scaled(toy, seed)
                .key(toy.architecture() + ".rope.scaling.type", "longrope")
                .vector("rope_factors_short.weight", 1, near.length)
                .vector("rope_factors_long.weight", 1, far.length);
        System.arraycopy(near, 0, file.weights("rope_factors_short.weight"), 0, near.length);
        System.arraycopy(far, 0, file.weights("rope_factors_long.weight"), 0, far.length);
        return file;
    }

    private static ToyLlama divided(ToyLlama toy, float[] factors) {
        return new ToyLlama(
                toy.architecture(), false, toy.layers(), toy.dim(), toy.ffn(), toy.heads(), toy.kvHeads(), toy.headDim(),
                toy.rotated(), toy.vocab(), toy.tied(), toy.biases(), 1, factors);
    }

    /// The answer to a prompt of just the trained length goes on beyond it as it began.
    @ParameterizedTest
    @CsvSource({"minicpm, 12", "minicpm, 16", "minicpm, 17", "llama, 16", "llama, 17"})
    void longRope_dividesByThePrompt(String architecture, int length) {
        ToyLlama toy = usual(architecture);
        ToyFile file = longRope(toy, 9, NEAR, FAR);
        if (architecture.equals("llama")) {
            file.withoutKey("llama.embedding_scale").withoutKey("llama.residual_scale").withoutKey("llama.logit_scale");
        }
        file.key(architecture + ".rope.scaling.original_context_length", 16);
        check(divided(toy, length <= 16 ? NEAR : FAR), file, file, length, List.of());
    }

    /// Both queries and keys are multiplied, so their products are by the square.
    @Test
    void longRope_magnitudeAndContext() {
        ToyLlama toy = usual("minicpm");
        ToyFile file = longRope(toy, 10, NEAR, NEAR).key("minicpm.rope.scaling.attn_factor", 1.3f);
        ToyFile said = longRope(toy, 10, NEAR, NEAR).key("minicpm.attention.scale", (float) (1.3 * 1.3 / Math.sqrt(8)));
        check(divided(toy, NEAR), said, file, 12, List.of());
        check(
                divided(toy, NEAR),
                scaled(toy, 11),
                longRope(toy, 11, NEAR, FAR), // the context, 256, is the trained length
                40,
                List.of());
    }

    @Test
    void longRope_withoutDivisors_isPlain() {
        ToyLlama toy = usual("minicpm");
        ToyFile file = scaled(toy, 12).key("minicpm.rope.scaling.type", "longrope");
        check(toy, file, file, 12, List.of());
    }

    @Test
    void longRope_oneTensorMissing_isRefused() {
        ToyFile file = longRope(usual("minicpm"), 13, NEAR, FAR).withoutTensor("rope_factors_long.weight");
        assertEquals(
                folder.resolve("toy.gguf")
                        + ": tensor rope_factors_long.weight: found nothing, expected shape [4]; the file is incomplete, or"
                        + " it is not of the architecture that it names",
                assertThrows(ModelFormatException.class, () -> load(file)).getMessage());
    }

    @Test
    void longRope_otherNumberOfDivisors_isRefused() {
        ToyFile file = longRope(usual("minicpm"), 14, NEAR, new float[] {1, 2});
        assertEquals(
                folder.resolve("toy.gguf") + ": tensor rope_factors_long.weight: found shape [2], expected shape [4]",
                assertThrows(ModelFormatException.class, () -> load(file)).getMessage());
    }

    @Test
    void longRope_withPositionsOfSeveralAxes_isRefused() {
        ToyLlama toy = new ToyLlama("qwen2vl", true, 1, 32, 48, 4, 2, 8, 8, 300, false, false, 1, null);
        ToyFile file =
                toy.file(17).key("qwen2vl.rope.scaling.type", "longrope").key("qwen2vl.rope.dimension_sections", new int[4]);
        assertEquals(
                folder.resolve("toy.gguf")
                        + ": qwen2vl.rope.scaling.type 'longrope' beside qwen2vl.rope.dimension_sections is not supported;"
                        + " supported: only one of them",
                assertThrows(UnsupportedModelException.class, () -> load(file)).getMessage());
    }

    @Test
    void yarn_isRefused() {
        ToyFile file = scaled(usual("granite"), 15).key("granite.rope.scaling.type", "yarn");
        assertEquals(
                folder.resolve("toy.gguf")
                        + ": granite.rope.scaling.type 'yarn' is not supported; supported: none, linear, and the tensor"
                        + " rope_freqs.weight (llama3)",
                assertThrows(UnsupportedModelException.class, () -> load(file)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "granite.logit_scale, 0, 0.0",
        "granite.residual_scale, -1, -1.0",
        "granite.embedding_scale, NaN, NaN",
        "granite.attention.scale, 1e30, 1.0E30"
    })
    void factorOutOfRange_isRefused(String key, float value, String found) {
        ToyFile file = scaled(usual("granite"), 16).key(key, value);
        ModelFormatException error = assertThrows(ModelFormatException.class, () -> load(file));
        assertEquals(
                folder.resolve("toy.gguf") + ": key " + key + ": found " + found
                        + ", expected a number from 1.0E-6 to 1000000.0",
                String.valueOf(error.getMessage()).replaceAll(" at byte \\d+", ""));
    }

    private Model load(ToyFile file) {
        return Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2));
    }
}
