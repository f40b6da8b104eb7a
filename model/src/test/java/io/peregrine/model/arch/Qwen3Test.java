package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyLlama;
import io.peregrine.model.TraceResult;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `qwen3` and `qwen3vl` models of odd shapes against the formulas in plain loops.
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
        ToyFile file = toy.file(seed).withoutKey(toy.architecture() + ".rope.dimension_count");
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
        check(name, toy, file(toy, name.hashCode()));
    }

    private static ToyLlama vl(int layers, int dim, int heads, int kvHeads, int headDim) {
        return new ToyLlama(
                "qwen3vl", true, layers, dim, 60, heads, kvHeads, headDim, headDim, 300, true, false, 1, null);
    }

    /// Text has the same position on all axes, which the pairs that belong to no section see as well: 61 and 62 of 64.
    @Test
    void qwen3vl_textIsAsInQwen3() {
        ToyLlama toy = vl(3, 80, 2, 1, 128);
        check(
                "qwen3vl",
                toy,
                file(toy, 3)
                        .key("qwen3vl.rope.dimension_sections", new int[] {24, 20, 20, 0})
                        .key("qwen3vl.n_deepstack_layers", 2));
    }

    /// Two tokens, a picture of 2 x 3, a token: each pair of a head sees its axis, those left over time; the parts of
    /// the picture's rows are added behind the first two layers.
    @Test
    void qwen3vl_picture_hasLinesAndColumnsAndParts() {
        ToyLlama toy = vl(3, 40, 3, 1, 20);
        int[] sections = {4, 3, 3};
        ToyFile toyFile = file(toy, 5)
                .key("qwen3vl.rope.dimension_sections", sections)
                .key("qwen3vl.n_deepstack_layers", 2);
        int[][] places = {
            {0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {2, 2, 3}, {2, 2, 4}, {2, 3, 2}, {2, 3, 3}, {2, 3, 4}, {5, 5, 5}
        };
        int[] axes = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
        double[][] x = new double[places.length][40];
        double[][][] added = new double[2][places.length][40];
        Rows picture = new Rows().shape(6, 3 * 40);
        Random random = new Random(8);
        for (int i = 0; i < picture.elements(); i++) {
            picture.data()[i] = (float) random.nextGaussian();
        }
        try (GgufFile file = GgufFile.open(toyFile.write(folder.resolve("toy.gguf")));
                Workers workers = new Workers(2)) {
            Decoder decoder = Decoders.bind(file.metadata(), new Weights(file), 300, "", note -> {});
            assertEquals(3, decoder.axes());
            assertEquals(3 * 40, decoder.pictureDim());
            Batch batch = new Batch(3);
            batch.begin(decoder.newSequence(16, TensorType.F32));
            for (int row = 0; row < places.length; row++) {
                if (row < 2 || row > 7) {
                    batch.addToken(10 + row, places[row][0]);
                    x[row] = toy.embedding(toyFile, 10 + row);
                } else {
                    batch.addEmbedding(picture, row - 2, places[row][0]);
                    for (int i = 0; i < 40; i++) {
                        x[row][i] = picture.data()[picture.offset(row - 2) + i];
                        added[0][row][i] = picture.data()[picture.offset(row - 2) + 40 + i];
                        added[1][row][i] = picture.data()[picture.offset(row - 2) + 80 + i];
                    }
                }
                batch.place(1, places[row][1]);
                batch.place(2, places[row][2]);
            }
            Rows logits = new Rows();
            decoder.forward(
                    new Pass(new Compute(workers, true), () -> false), batch, new int[] {places.length - 1}, logits);
            double[] expected = toy.logits(toyFile, x, (row, pair) -> places[row][axes[pair]], added);
            Fixture.assertClose("logits", narrow(expected), logits.toArray(), 2e-4);
        }
    }

    @Test
    void qwen3vl_wrongKeys_areRefused() {
        ToyLlama toy = vl(2, 16, 2, 1, 8);
        Path fourth = file(toy, 3)
                .key("qwen3vl.rope.dimension_sections", new int[] {1, 1, 1, 1})
                .write(folder.resolve("fourth.gguf"));
        assertEquals(
                fourth + ": qwen3vl.rope.dimension_sections [1, 1, 1, 1] is not supported; supported: sections of time,"
                        + " line and column, and 0 behind them",
                assertThrows(UnsupportedModelException.class, () -> Model.load(fourth)).getMessage());
        Path deep = file(toy, 3)
                .key("qwen3vl.rope.dimension_sections", new int[] {2, 1, 1, 0})
                .key("qwen3vl.n_deepstack_layers", 3)
                .write(folder.resolve("deep.gguf"));
        assertEquals(
                deep + ": key qwen3vl.n_deepstack_layers: found 3, expected a number from 0 to 2",
                assertThrows(ModelFormatException.class, () -> Model.load(deep))
                        .getMessage()
                        .replaceAll(" at byte \\d+", ""));
    }

    private static float[] narrow(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }

    private void check(String name, ToyLlama toy, ToyFile file) {
        int[] tokens = IntStream.range(0, 19).map(i -> (i * 31 + 7) % toy.vocab()).toArray();
        TraceResult trace;
        try (Model model = Model.load(
                file.write(folder.resolve("toy.gguf")), LoadOptions.defaults().withThreads(2))) {
            assertEquals(List.of(), model.notes());
            trace = model.trace(Prompt.tokens(tokens), 3, true);
        }
        for (int step = 0; step < trace.generated().size(); step++) {
            float[] found = Arrays.copyOfRange(trace.logits().values(), step * toy.vocab(), (step + 1) * toy.vocab());
            Fixture.assertClose(name + " step " + step, narrow(toy.logits(file, tokens)), found, 2e-4);
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
