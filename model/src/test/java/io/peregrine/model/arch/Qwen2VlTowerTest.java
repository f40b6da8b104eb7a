package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Plain;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The vision sides of Qwen2-VL and Qwen2.5-VL: sizes of pictures, towers of odd shapes against plain loops, wrong files.
class Qwen2VlTowerTest {

    private static final int PATCH = 2;
    private static final int MERGE = 3;

    @TempDir
    private Path folder;

    private static VisionOptions limits(Preprocess preprocess, int min, int max) {
        return new VisionOptions(-1, null, 0, preprocess, min, max);
    }

    private static ImageEncoder bind(Path path, VisionOptions options, List<String> notes) {
        try (GgufFile file = GgufFile.open(path)) {
            return ImageEncoders.bind(file.metadata(), new Weights(file), options, notes::add);
        }
    }

    /// What a picture becomes with the patches of 14 pixels that real models have.
    private static String prepared(VisionOptions options, int width, int height) {
        Path path = Fixture.of("vlm_qwen25vl").path("mmproj.gguf");
        Image image = Image.of(new byte[3 * width * height], width, height);
        return bind(path, options, new ArrayList<>()).prepare(image).pieces().stream()
                .map(piece -> switch (piece) {
                    case PreparedPicture.Mark mark -> mark.text();
                    case PreparedPicture.Token token -> token.text();
                    case PreparedPicture.Block block -> {
                        Pixels view = block.views().getFirst();
                        yield view.width() + "x" + view.height() + " in " + block.columns() + "x"
                                + block.tokens() / block.columns();
                    }
                    default -> throw new IllegalArgumentException(piece.toString());
                })
                .collect(Collectors.joining(" "));
    }

    /// The authors' sizes are those of `smart_resize` in transformers' `image_processing_qwen2_vl.py`, run with a factor
    /// of 28 and 3136 to 12845056 pixels; llama.cpp's those of `calc_size_preserved_ratio` with 8 to 4096 tokens.
    @ParameterizedTest
    @CsvSource({
        "640, 480, 644x476 in 23x17, 644x476 in 23x17",
        "70, 70, 56x56 in 2x2, 84x84 in 3x3",
        "30, 30, 56x56 in 2x2, 84x84 in 3x3",
        "42, 98, 56x112 in 2x4, 56x112 in 2x4",
        "300, 2, 700x28 in 25x1, 308x28 in 11x1",
        "13, 500, 28x364 in 1x13, 28x504 in 1x18"
    })
    void sizes(int width, int height, String authors, String llama) {
        assertEquals(
                "<|vision_start|> " + authors + " <|vision_end|>",
                prepared(limits(Preprocess.AUTHORS, 0, 0), width, height));
        assertEquals(
                "<|vision_start|> " + llama + " <|vision_end|>",
                prepared(limits(Preprocess.LLAMA_CPP, 0, 0), width, height));
    }

    /// The same function, with limits of so many squares of 28 pixels.
    @ParameterizedTest
    @CsvSource({
        "0, 100, 640, 480, 308x224 in 11x8",
        "1024, 0, 640, 480, 1036x784 in 37x28",
        "50, 50, 640, 480, 224x168 in 8x6",
        "1, 1, 8, 8, 28x28 in 1x1"
    })
    void callersLimits_areThoseOfTheSize(int min, int max, int width, int height, String expected) {
        for (Preprocess way : Preprocess.values()) {
            assertEquals(
                    "<|vision_start|> " + expected + " <|vision_end|>", prepared(limits(way, min, max), width, height));
        }
    }

    @Test
    void thinPictures_areRefusedAsTheAuthorsDo() {
        assertEquals(
                "ratio of the picture's sides: 201 x 1 pixels exceeds the limit of 200:1; show a part of the picture",
                assertThrows(ResourceLimitException.class, () -> prepared(VisionOptions.DEFAULT, 201, 1))
                        .getMessage());
    }

    /// Authors stretch, llama.cpp keeps the shape, 49 of 56 columns here, and pads with black.
    @Test
    void authorsStretch_llamaCppPads() {
        Path path = Fixture.of("vlm_qwen25vl").path("mmproj.gguf");
        byte[] white = new byte[3 * 56 * 64];
        Arrays.fill(white, (byte) 255);
        Image image = Image.of(white, 56, 64);
        float[] authors = view(bind(path, limits(Preprocess.AUTHORS, 1, 0), new ArrayList<>()), image);
        float[] llama = view(bind(path, limits(Preprocess.LLAMA_CPP, 1, 0), new ArrayList<>()), image);
        float brightest = (1 - 0.48145467f) / 0.26862955f;
        float black = -0.48145467f / 0.26862955f;
        assertEquals(3 * 56 * 56, authors.length);
        for (int i = 0; i < authors.length; i += 3) {
            assertEquals(brightest, authors[i], 1e-5);
            assertEquals(i / 3 % 56 < 3 || i / 3 % 56 >= 52 ? black : brightest, llama[i], 1e-5);
        }
    }

    private static float[] view(ImageEncoder encoder, Image image) {
        return encoder.prepare(image).blocks().getFirst().views().getFirst().values();
    }

    @Test
    void optionsForTilesAndSquares_areSaidNotToMatter() {
        List<String> notes = new ArrayList<>();
        bind(
                Fixture.of("vlm_qwen2vl").path("mmproj.gguf"),
                new VisionOptions(-1, Fit.PAD, 3),
                notes);
        assertEquals(
                List.of(
                        "vision: a picture is one view; how many tiles are allowed does not matter",
                        "vision: a picture keeps its shape; how it would become a square does not matter"),
                notes);
    }

    /// A tower with odd widths, patches of 2 x 2 pixels and squares of 3 x 3 patches.
    ///
    /// @param window in pixels, 0 for Qwen2-VL, which has none
    private static ToyFile toy(int blocks, int dim, int heads, int ffn, int window, int pattern) {
        boolean windowed = window > 0;
        ToyFile file = new ToyFile(dim)
                .key("general.architecture", "clip")
                .key("clip.projector_type", windowed ? "qwen2.5vl_merger" : "qwen2vl_merger")
                .key("clip.vision.image_size", 560)
                .key("clip.vision.patch_size", PATCH)
                .key("clip.vision.spatial_merge_size", MERGE)
                .key("clip.vision.embedding_length", dim)
                .key("clip.vision.feed_forward_length", ffn)
                .key("clip.vision.block_count", blocks)
                .key("clip.vision.attention.head_count", heads)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.25f, 0.25f, 0.25f})
                .tensor("v.patch_embd.weight", 0, 0.5, dim, 3, PATCH, PATCH)
                .tensor("v.patch_embd.weight.1", 0, 0.5, dim, 3, PATCH, PATCH);
        if (windowed) {
            file.key("clip.use_silu", true)
                    .key("clip.vision.n_wa_pattern", pattern)
                    .key("clip.vision.window_size", window);
        }
        for (int i = 0; i < blocks; i++) {
            String name = "v.blk." + i + ".";
            for (String part : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
                linear(file, name + part, dim, dim);
            }
            linear(file, name + "ffn_up", ffn, dim);
            linear(file, name + "ffn_down", dim, ffn);
            norm(file, name + "ln1", dim, windowed);
            norm(file, name + "ln2", dim, windowed);
            if (windowed) {
                linear(file, name + "ffn_gate", ffn, dim);
            }
        }
        norm(file, "v.post_ln", dim, windowed);
        linear(file, "mm.0", 31, MERGE * MERGE * dim);
        linear(file, "mm.2", 10, 31);
        return file;
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }

    private static void norm(ToyFile file, String name, int dim, boolean rms) {
        file.vector(name + ".weight", 1, dim);
        if (!rms) {
            file.vector(name + ".bias", 0, dim);
        }
    }

    /// A picture of 5 x 3 squares; windows of 12 pixels are 2 squares on a side and do not divide it.
    @ParameterizedTest
    @CsvSource({"3, 24, 2, 19, 0, 0", "2, 80, 1, 33, 0, 0", "4, 24, 2, 19, 12, 2", "3, 36, 3, 50, 17, 3", "2, 20, 5, 7, 6, 5"})
    void rowsAreThoseOfTheFormulas(int blocks, int dim, int heads, int ffn, int window, int pattern) {
        ToyFile file = toy(blocks, dim, heads, ffn, window, pattern);
        int lines = 3 * MERGE;
        int columns = 5 * MERGE;
        byte[] rgb = new byte[3 * lines * PATCH * columns * PATCH];
        new Random(4).nextBytes(rgb);
        Image image = Image.of(rgb, columns * PATCH, lines * PATCH);
        try (GgufFile opened = GgufFile.open(file.write(folder.resolve("mmproj.gguf")));
                Workers workers = new Workers(2)) {
            ImageEncoder encoder = ImageEncoders.bind(
                    opened.metadata(), new Weights(opened), limits(Preprocess.AUTHORS, 1, 0), note -> {});
            PreparedPicture picture = encoder.prepare(image);
            float[] pixels = picture.blocks().getFirst().views().getFirst().values();
            double[][] x = new double[lines * columns][];
            for (int patch = 0; patch < x.length; patch++) {
                x[patch] = embedded(file, pixels, patch / columns, patch % columns, columns * PATCH, dim);
            }
            for (int i = 0; i < blocks; i++) {
                int side = window == 0 || (i + 1) % pattern == 0 ? 1000 : window / (PATCH * MERGE) * MERGE;
                block(file, "v.blk." + i + ".", x, columns, heads, side, ffn, window > 0);
            }
            float[] found = encoder.encode(new Pass(new Compute(workers, true), () -> false), picture)
                    .getFirst()
                    .toArray();
            Fixture.assertClose("rows", merged(file, x, columns, window > 0), found, 1e-4);
        }
    }

    private static double[] embedded(ToyFile file, float[] pixels, int line, int column, int width, int dim) {
        float[] first = file.weights("v.patch_embd.weight");
        float[] second = file.weights("v.patch_embd.weight.1");
        double[] y = new double[dim];
        for (int n = 0; n < dim; n++) {
            for (int c = 0; c < 3; c++) {
                for (int i = 0; i < PATCH * PATCH; i++) {
                    int at = (line * PATCH + i / PATCH) * width + column * PATCH + i % PATCH;
                    int weight = (n * 3 + c) * PATCH * PATCH + i;
                    y[n] += ((double) first[weight] + second[weight]) * pixels[3 * at + c];
                }
            }
        }
        return y;
    }

    private static void block(
            ToyFile file, String name, double[][] x, int columns, int heads, int side, int ffn, boolean rms) {
        int dim = x[0].length;
        int headDim = dim / heads;
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int p = 0; p < x.length; p++) {
            double[] normed = normed(file, name + "ln1", x[p], rms);
            q[p] = turned(apply(file, name + "attn_q", normed, dim), headDim, p / columns, p % columns);
            k[p] = turned(apply(file, name + "attn_k", normed, dim), headDim, p / columns, p % columns);
            v[p] = apply(file, name + "attn_v", normed, dim);
        }
        for (int p = 0; p < x.length; p++) {
            double[] mixed = new double[dim];
            for (int head = 0; head < dim; head += headDim) {
                double[] weights = new double[x.length];
                double sum = 0;
                for (int o = 0; o < x.length; o++) {
                    double dot = 0;
                    for (int i = head; i < head + headDim; i++) {
                        dot += q[p][i] * k[o][i];
                    }
                    boolean seen = p / columns / side == o / columns / side && p % columns / side == o % columns / side;
                    weights[o] = seen ? Math.exp(dot / Math.sqrt(headDim)) : 0;
                    sum += weights[o];
                }
                for (int o = 0; o < x.length; o++) {
                    for (int i = head; i < head + headDim; i++) {
                        mixed[i] += weights[o] / sum * v[o][i];
                    }
                }
            }
            add(x[p], apply(file, name + "attn_out", mixed, dim));
        }
        for (double[] row : x) {
            double[] normed = normed(file, name + "ln2", row, rms);
            double[] inner = apply(file, name + "ffn_up", normed, ffn);
            double[] gate = rms ? apply(file, name + "ffn_gate", normed, ffn) : inner;
            for (int i = 0; i < ffn; i++) {
                inner[i] = rms
                        ? gate[i] / (1 + Math.exp(-gate[i])) * inner[i]
                        : inner[i] / (1 + Math.exp(-1.702 * inner[i]));
            }
            add(row, apply(file, name + "ffn_down", inner, dim));
        }
    }

    /// Element `i` of the first half of a head turns with element `i` of the second; the first half of these pairs by
    /// the line, the rest by the column.
    private static double[] turned(double[] x, int headDim, int line, int column) {
        int half = headDim / 2;
        for (int head = 0; head < x.length; head += headDim) {
            for (int i = 0; i < half; i++) {
                int place = i < half / 2 ? line : column;
                double angle = place * Math.pow(10000, -2.0 * (i % (half / 2)) / half);
                double a = x[head + i];
                double b = x[head + i + half];
                x[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
                x[head + i + half] = b * Math.cos(angle) + a * Math.sin(angle);
            }
        }
        return x;
    }

    private static float[] merged(ToyFile file, double[][] x, int columns, boolean rms) {
        List<double[]> rows = new ArrayList<>();
        int dim = x[0].length;
        for (int line = 0; line < x.length / columns; line += MERGE) {
            for (int column = 0; column < columns; column += MERGE) {
                double[] square = new double[MERGE * MERGE * dim];
                for (int i = 0; i < MERGE * MERGE; i++) {
                    double[] patch = x[(line + i / MERGE) * columns + column + i % MERGE];
                    System.arraycopy(normed(file, "v.post_ln", patch, rms), 0, square, i * dim, dim);
                }
                double[] inner = Arrays.stream(apply(file, "mm.0", square, 31)).map(Plain::geluErf).toArray();
                rows.add(apply(file, "mm.2", inner, 10));
            }
        }
        float[] flat = new float[rows.size() * 10];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) rows.get(i / 10)[i % 10];
        }
        return flat;
    }

    private static double[] normed(ToyFile file, String name, double[] x, boolean rms) {
        double mean = rms ? 0 : Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(value -> (value - mean) * (value - mean)).sum() / x.length;
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + 1e-6) * file.weights(name + ".weight")[i]
                    + (rms ? 0 : file.weights(name + ".bias")[i]);
        }
        return y;
    }

    private static double[] apply(ToyFile file, String name, double[] x, int out) {
        float[] weights = file.weights(name + ".weight");
        double[] y = new double[out];
        for (int n = 0; n < out; n++) {
            y[n] = file.weights(name + ".bias")[n];
            for (int i = 0; i < x.length; i++) {
                y[n] += weights[n * x.length + i] * x[i];
            }
        }
        return y;
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    /// Files of the first converter have 0 as inner width, the two layers under each other's names.
    @Test
    void firstFiles_areReadAsLaterOnes() {
        List<String> notes = new ArrayList<>();
        ToyFile file = toy(2, 24, 2, 19, 0, 0);
        Path usual = file.write(folder.resolve("usual.gguf"));
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            file.exchange(name + "ffn_up.weight", name + "ffn_down.weight");
            file.exchange(name + "ffn_up.bias", name + "ffn_down.bias");
        }
        Path first = file.key("clip.vision.feed_forward_length", 0).write(folder.resolve("first.gguf"));
        byte[] rgb = new byte[3 * 18 * 30];
        new Random(5).nextBytes(rgb);
        Image image = Image.of(rgb, 30, 18);
        assertArrayEquals(encoded(usual, image, notes), encoded(first, image, notes));
        assertEquals(
                List.of(first + ": clip.vision.feed_forward_length is 0; 19 as in v.blk.0.ffn_up.weight"), notes);
    }

    private static float[] encoded(Path path, Image image, List<String> notes) {
        try (GgufFile file = GgufFile.open(path);
                Workers workers = new Workers(2)) {
            ImageEncoder encoder = ImageEncoders.bind(
                    file.metadata(), new Weights(file), limits(Preprocess.AUTHORS, 1, 0), notes::add);
            return encoder.encode(new Pass(new Compute(workers, true), () -> false), encoder.prepare(image))
                    .getFirst()
                    .toArray();
        }
    }

    private static Arguments row(UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(change, message);
    }

    static List<Arguments> wrongFiles() {
        return List.of(
                row(
                        f -> f.key("clip.vision.attention.head_count", 4),
                        "key clip.vision.attention.head_count: found 4, expected heads of a multiple of 4 elements,"
                                + " clip.vision.embedding_length is 24"),
                row(
                        f -> f.withoutKey("clip.vision.n_wa_pattern"),
                        "key clip.vision.n_wa_pattern: found nothing, expected uint32"),
                row(
                        f -> f.key("clip.vision.window_size", 5),
                        "key clip.vision.window_size at byte N: found 5, expected a number from 6 to 16384"),
                row(
                        f -> f.key("clip.vision.spatial_merge_size", 0),
                        "key clip.vision.spatial_merge_size at byte N: found 0, expected a number from 1 to 256"),
                row(
                        f -> f.key("clip.vision.patch_size", 200),
                        "key clip.vision.patch_size: found 200, expected at most 85 with"
                                + " clip.vision.spatial_merge_size 3"),
                row(
                        f -> f.withoutTensor("v.patch_embd.weight.1"),
                        "tensor v.patch_embd.weight.1: found nothing, expected shape [24, 3, 2, 2]; the file is"
                                + " incomplete, or it is not of the architecture that it names"),
                row(
                        f -> f.key("clip.vision.feed_forward_length", 0).vector("v.blk.0.ffn_up.weight", 0, 19),
                        "tensor v.blk.0.ffn_up.weight: found shape [19], expected a matrix from or to 24 elements"),
                row(
                        f -> f.withoutTensor("v.post_ln.weight"),
                        "tensor v.post_ln.weight: found nothing, expected shape [24]; the file is incomplete, or it is"
                                + " not of the architecture that it names"),
                row(
                        f -> f.matrix("mm.0.weight", 31, 24),
                        "tensor mm.0.weight: found shape [31, 24], expected shape [outputs, 216]"));
    }

    @ParameterizedTest
    @MethodSource
    void wrongFiles(UnaryOperator<ToyFile> change, String message) {
        Path path = change.apply(toy(2, 24, 2, 19, 12, 2)).write(folder.resolve("mmproj.gguf"));
        String found = assertThrows(
                        ModelFormatException.class, () -> bind(path, VisionOptions.DEFAULT, new ArrayList<>()))
                .getMessage();
        assertEquals(path + ": " + message, found.replaceAll("at byte \\d+", "at byte N"));
    }
}
