package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import io.peregrine.model.ToyQwen3Vl;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Plain;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.Quantizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The tower of Qwen3-VL beyond its golden cases: odd shapes against plain loops, sizes of pictures, wrong files.
class Qwen3VlTowerTest {

    /// Patches and squares of the real models.
    private static final ToyQwen3Vl USUAL = new ToyQwen3Vl(1, 8, 8, 1, 16, 2, 2, new int[0], 6);

    @TempDir
    private Path folder;

    private <T> T with(
            ToyFile toy, VisionOptions options, Consumer<String> notes, Function<Qwen3VlTower, T> use) {
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("toy.gguf")))) {
            Weights weights = new Weights(file);
            Qwen3VlTower tower = Qwen3VlTower.bind(file.metadata(), weights, options, notes);
            assertEquals(List.of(), weights.unusedNotes());
            return use.apply(tower);
        }
    }

    private static VisionOptions limits(Preprocess preprocess, int min, int max) {
        return new VisionOptions(-1, null, 0, preprocess, min, max);
    }

    private static Image noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(width).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }

    private static double tanhGelu(double x) {
        return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /// Heads of 12, 4 and 20; squares of 1, 2 and 3 patches on a side; none, one and two deep blocks; tables smaller and
    /// larger than the view.
    @ParameterizedTest
    @CsvSource({
        "3, 24, 20, 2, 5, 4, 2, 1, 20, 40, 20",
        "2, 12, 33, 3, 4, 3, 3, 01, 7, 36, 24",
        "1, 20, 17, 1, 3, 7, 1, '', 9, 12, 9",
        "3, 16, 16, 4, 4, 1, 2, 02, 16, 8, 32"
    })
    void rowsAreThoseOfTheFormulas(
            int blocks,
            int dim,
            int ffn,
            int heads,
            int side,
            int grid,
            int merge,
            String deep,
            int out,
            int width,
            int height) {
        int[] chosen = deep.chars().map(c -> c - '0').toArray();
        ToyQwen3Vl toy = new ToyQwen3Vl(blocks, dim, ffn, heads, side, grid, merge, chosen, out);
        ToyFile file = toy.file(dim + width);
        Image image = noise(width, height);
        int tokens = width / side / merge * (height / side / merge);
        for (Preprocess way : Preprocess.values()) {
            DoubleUnaryOperator gelu = way == Preprocess.AUTHORS ? Plain::geluErf : Qwen3VlTowerTest::tanhGelu;
            with(file, limits(way, 1, tokens), note -> {}, tower -> {
                assertEquals((1 + chosen.length) * out, tower.dim());
                PreparedPicture picture = tower.prepare(image);
                Pixels view = picture.blocks().getFirst().views().getFirst();
                assertEquals(List.of(width, height), List.of(view.width(), view.height()));
                try (Workers workers = new Workers(2)) {
                    Pass pass = new Pass(new Compute(workers, true), () -> false);
                    float[] found = tower.encode(pass, picture).getFirst().toArray();
                    Fixture.assertClose(way.toString(), flat(toy.rows(file, view, gelu)), found, 3e-5);
                }
                return null;
            });
        }
    }

    private static float[] flat(double[][] rows) {
        int width = rows[0].length;
        float[] values = new float[rows.length * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i / width][i % width];
        }
        return values;
    }

    /// The two GELUs differ by more than what the test above allows.
    @Test
    void gelus_canBeToldApart() {
        ToyQwen3Vl toy = new ToyQwen3Vl(1, 8, 8, 1, 4, 2, 2, new int[] {0}, 6);
        ToyFile file = toy.file(1);
        float[] samples = new float[3 * 8 * 8];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) Math.sin(i * i);
        }
        Pixels view = new Pixels(8, 8, samples);
        float[] exact = flat(toy.rows(file, view, Plain::geluErf));
        float[] tanh = flat(toy.rows(file, view, Qwen3VlTowerTest::tanhGelu));
        double[] largest = new double[2];
        for (int i = 0; i < exact.length; i++) {
            largest[i / 6] = Math.max(largest[i / 6], Math.abs(exact[i] - tanh[i]));
        }
        assertTrue(largest[0] > 1e-4 && largest[1] > 1e-4, Arrays.toString(largest));
    }

    /// Against a file of the values that the smaller weights stand for: fused parts of blocks as well.
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "F16"})
    void smallerWeights_areReadAsWhatTheyStandFor(Mix mix) {
        ToyQwen3Vl toy = new ToyQwen3Vl(2, 32, 64, 2, 8, 4, 2, new int[] {1}, 32);
        Path small = folder.resolve("small.gguf");
        Path original = toy.file(1).write(folder.resolve("original.gguf"));
        new Quantizer(QuantizeOptions.to(mix).withThreads(2)).quantize(original, small);
        ToyFile values = toy.file(1);
        int taken = values.takeSmallWeights(small);
        assertTrue(taken >= 12, taken + " smaller tensors");
        Image image = noise(64, 32);
        Function<Qwen3VlTower, float[]> rows = tower -> {
            try (Workers workers = new Workers(2)) {
                Pass pass = new Pass(new Compute(workers, true), () -> false);
                return tower.encode(pass, tower.prepare(image)).getFirst().toArray();
            }
        };
        float[] expected = with(values, limits(Preprocess.AUTHORS, 1, 0), note -> {}, rows);
        try (GgufFile file = GgufFile.open(small)) {
            Qwen3VlTower tower = Qwen3VlTower.bind(
                    file.metadata(), new Weights(file), limits(Preprocess.AUTHORS, 1, 0), note -> {});
            Fixture.assertClose("rows", expected, rows.apply(tower), 1e-4);
        }
    }

    private static String pieces(PreparedPicture picture) {
        List<String> found = new ArrayList<>();
        for (PreparedPicture.Piece piece : picture.pieces()) {
            if (piece instanceof PreparedPicture.Token token) {
                found.add(token.text());
            } else if (piece instanceof PreparedPicture.Block block) {
                Pixels view = block.views().getFirst();
                found.add(view.width() + "x" + view.height() + " in " + block.tokens() + ", lines of " + block.columns());
            }
        }
        return String.join(" ", found);
    }

    /// The authors' sizes are what `smart_resize` of transformers' `image_processing_qwen2_vl.py`, run in Python, gives
    /// for a factor of 32 and the limits in `preprocessor_config.json` of `Qwen/Qwen3-VL-2B-Instruct`: 65536 and 16777216
    /// pixels. llama.cpp has 8 to 4096 tokens.
    @ParameterizedTest
    @CsvSource({
        "32, 32, 256x256 in 64, 96x96 in 9",
        "100, 40, 416x192 in 78, 160x64 in 10",
        "300, 200, 320x224 in 70, 288x192 in 54",
        "640, 480, 640x480 in 300, 640x480 in 300",
        "1001, 333, 992x320 in 310, 992x320 in 310",
        "1920, 1080, 1920x1088 in 2040, 1920x1088 in 2040",
        "2000, 10, 3648x32 in 114, 2016x32 in 63",
        "48, 80, 224x352 in 77, 96x128 in 12",
        "5000, 25, 4992x32 in 156, 4992x32 in 156"
    })
    void sizes(int width, int height, String authors, String llama) {
        Image image = Image.of(new byte[3 * width * height], width, height);
        ToyFile file = USUAL.file(1);
        for (Preprocess way : Preprocess.values()) {
            String expected = way == Preprocess.AUTHORS ? authors : llama;
            int columns = Integer.parseInt(expected.substring(0, expected.indexOf('x'))) / 32;
            assertEquals(
                    "<|vision_start|> " + expected + ", lines of " + columns + " <|vision_end|>",
                    with(file, limits(way, 0, 0), note -> {}, tower -> pieces(tower.prepare(image))));
        }
    }

    /// A picture of another shape than its view is stretched, by Pillow's bicubic filter, and its samples become -1 to 1.
    @Test
    void authors_stretch() {
        Image image = noise(70, 33);
        Pixels view = with(USUAL.file(1), limits(Preprocess.AUTHORS, 1, 0), note -> {}, tower -> tower.prepare(image)
                .blocks()
                .getFirst()
                .views()
                .getFirst());
        Image resized = image.resized(64, 32, Resampling.BICUBIC);
        assertEquals(List.of(64, 32), List.of(view.width(), view.height()));
        for (int i = 0; i < view.values().length; i++) {
            int sample = resized.sample(i / 3 % 64, i / 3 / 64, i % 3);
            assertEquals(sample / 127.5 - 1, view.values()[i], 1e-6);
        }
    }

    @ParameterizedTest
    @EnumSource(Preprocess.class)
    void callersLimits_goFirst(Preprocess way) {
        Image image = noise(320, 320);
        ToyFile file = USUAL.file(1);
        assertEquals(
                "<|vision_start|> 96x96 in 9, lines of 3 <|vision_end|>",
                with(file, limits(way, 0, 10), note -> {}, tower -> pieces(tower.prepare(image))));
        assertEquals(
                "<|vision_start|> 352x352 in 121, lines of 11 <|vision_end|>",
                with(file, limits(way, 110, 0), note -> {}, tower -> pieces(tower.prepare(image))));
    }

    /// More tokens than the heap has room for: known before anything is resized.
    @Test
    void moreThanTheHeapHolds_isRefused() {
        Image image = noise(64, 64);
        Exception error = assertThrows(
                PeregrineException.class,
                () -> with(
                        USUAL.file(1),
                        limits(Preprocess.AUTHORS, 600_000, 0),
                        note -> {},
                        tower -> tower.prepare(image)));
        assertEquals(
                "a picture of 24800 x 24800 pixels: N MiB exceeds the limit of N MiB of the Java heap; allow fewer image"
                        + " tokens, or give the JVM more memory with -Xmx",
                error.getMessage().replaceAll("[0-9.]+ MiB", "N MiB"));
    }

    @Test
    void whatDoesNotMatter_isSaid() {
        List<String> notes = new ArrayList<>();
        with(USUAL.file(1), new VisionOptions(-1, null, 3), notes::add, tower -> "");
        assertEquals(
                List.of("vision: a picture is one view; how many tiles are allowed does not matter"), notes);
    }

    private void refused(ToyFile file, String expected) {
        Exception error = assertThrows(
                PeregrineException.class, () -> with(file, VisionOptions.DEFAULT, note -> {}, tower -> ""));
        assertEquals(
                folder.resolve("toy.gguf") + ": " + expected,
                error.getMessage().replaceAll(" at byte \\d+", ""));
    }

    @Test
    void wrongFiles_areRefused() {
        ToyQwen3Vl toy = new ToyQwen3Vl(3, 8, 8, 1, 4, 2, 2, new int[] {1}, 6);
        refused(
                toy.file(1).key("clip.vision.is_deepstack_layers", new boolean[2]),
                "key clip.vision.is_deepstack_layers: found 2 flags, expected 3, as many as clip.vision.block_count says");
        refused(
                toy.file(1).key("clip.vision.is_deepstack_layers", new boolean[] {true, true, false}),
                "tensor v.deepstack.0.fc1.weight: found nothing, expected a tensor; the file is incomplete, or it is not of"
                        + " the architecture that it names");
        refused(
                toy.file(1).matrix("v.deepstack.1.fc2.weight", 5, 32).vector("v.deepstack.1.fc2.bias", 0, 5),
                "tensor v.deepstack.1.fc2.weight: found 5 rows, expected 6, as many as mm.2.weight has");
        refused(
                toy.file(1).key("clip.vision.attention.head_count", 4),
                "key clip.vision.attention.head_count: found 4, expected heads of a multiple of 4 elements,"
                        + " clip.vision.embedding_length is 8");
        refused(
                toy.file(1).key("clip.vision.spatial_merge_size", 65),
                "key clip.vision.patch_size: found 4, expected at most 3 with clip.vision.spatial_merge_size 65");
        refused(
                toy.file(1).key("clip.vision.spatial_merge_size", 0),
                "key clip.vision.spatial_merge_size: found 0, expected a number from 1 to 256");
        refused(
                toy.file(1).key("clip.vision.image_size", 12),
                "tensor v.position_embd.weight: found shape [4, 8], expected shape [9, 8]");
        refused(
                toy.file(1).withoutTensor("v.patch_embd.weight.1"),
                "tensor v.patch_embd.weight.1: found nothing, expected shape [8, 3, 4, 4]; the file is incomplete, or it is"
                        + " not of the architecture that it names");
    }

    /// Files without flags say by their tensors which blocks are deep.
    @Test
    void withoutFlags_tensorsTell() {
        ToyFile file = new ToyQwen3Vl(3, 8, 8, 1, 4, 2, 2, new int[] {0, 2}, 6)
                .file(1)
                .withoutKey("clip.vision.is_deepstack_layers");
        assertEquals(18, with(file, VisionOptions.DEFAULT, note -> {}, Qwen3VlTower::dim));
    }
}
