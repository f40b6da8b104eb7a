package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Plain;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Normalisation;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import io.peregrine.model.image.Resampling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What LFM2-VL makes of pictures, with patches of 16 pixels as in the published models.
class Lfm2VlTest {

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();

    /// One narrow block over places of 4 x 4, and a projector without a norm.
    private static ToyFile toy() {
        ToyFile file = new ToyFile(1)
                .key("general.architecture", "clip")
                .key("clip.projector_type", "lfm2")
                .key("clip.vision.image_size", 256)
                .key("clip.vision.patch_size", 16)
                .key("clip.vision.embedding_length", 8)
                .key("clip.vision.feed_forward_length", 12)
                .key("clip.vision.block_count", 1)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.projector.scale_factor", 2)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.use_gelu", true)
                .tensor("v.patch_embd.weight", 0, 1, 8, 3, 16, 16)
                .matrix("v.position_embd.weight", 16, 8)
                .vector("v.post_ln.weight", 1, 8)
                .vector("v.post_ln.bias", 0, 8);
        for (String norm : List.of("ln1", "ln2")) {
            file.vector("v.blk.0." + norm + ".weight", 1, 8).vector("v.blk.0." + norm + ".bias", 0, 8);
        }
        for (String layer : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
            file.matrix("v.blk.0." + layer + ".weight", 8, 8);
        }
        return file.matrix("v.blk.0.ffn_up.weight", 12, 8)
                .matrix("v.blk.0.ffn_down.weight", 8, 12)
                .matrix("mm.1.weight", 20, 32)
                .matrix("mm.2.weight", 6, 20);
    }

    private PreparedPicture prepare(VisionOptions options, Image image) {
        return with(toy(), options, encoder -> encoder.prepare(image));
    }

    private <T> T with(ToyFile toy, VisionOptions options, Function<TowerEncoder, T> use) {
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("mmproj.gguf")))) {
            Weights weights = new Weights(file);
            Lfm2Vl encoder = Lfm2Vl.bind(file.metadata(), weights, options, notes::add);
            assertEquals(List.of(), weights.unused());
            return use.apply(encoder);
        }
    }

    private static Image image(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7 + i / 300);
        }
        return Image.of(rgb, width, height);
    }

    private static VisionOptions options(Preprocess way, int tiles, int min, int max) {
        return new VisionOptions(-1, null, tiles, way, min, max);
    }

    /// Words as they are, blocks as `width x height: rows`.
    private static String text(PreparedPicture picture) {
        return picture.pieces().stream()
                .map(piece -> switch (piece) {
                    case PreparedPicture.Mark mark -> mark.text();
                    case PreparedPicture.Token token -> token.text();
                    case PreparedPicture.Block block ->
                        block.views().getFirst().width() + "x" + block.views().getFirst().height() + ":" + block.tokens();
                    default -> throw new IllegalArgumentException(piece.toString());
                })
                .collect(Collectors.joining(" "));
    }

    private static int tokens(PreparedPicture picture) {
        return picture.blocks().stream().mapToInt(PreparedPicture.Block::tokens).sum();
    }

    /// Expected numbers: `_is_image_too_large`, `smart_resize`, `find_closest_aspect_ratio` of transformers'
    /// `image_processing_lfm2_vl_fast.py`, and `_get_image_num_tokens` of `processing_lfm2_vl.py`, computed
    /// apart in Python.
    @ParameterizedTest
    @CsvSource({
        "100, 40, 416x192:78, 1, 78",
        "512, 512, 512x512:256, 1, 256",
        "1024, 512, 704x352:242, 1, 242",
        "720, 736, 480x512:240, 1, 240",
        "1024, 544, 672x352:231, 3, 743",
        "725, 725, 512x512:256, 5, 1280",
        "1280, 960, 576x416:234, 7, 1770",
        "960, 1280, 416x576:234, 7, 1770",
        "1920, 1080, 672x384:252, 9, 2300",
        "2000, 2000, 512x512:256, 10, 2560"
    })
    void authors_sizesAndCounts(int width, int height, String whole, int views, int rows) {
        PreparedPicture picture = prepare(VisionOptions.DEFAULT, image(width, height));
        List<PreparedPicture.Block> blocks = picture.blocks();
        String text = text(picture);
        assertEquals(whole, text.split(" ")[picture.pieces().size() - 2]);
        assertEquals(views, blocks.size());
        assertEquals(rows, tokens(picture));
        assertEquals(List.of(), notes);
    }

    @Test
    void authors_marksAndOrderOfTiles() {
        assertEquals(
                "<|image_start|> <|img_row_1_col_1|> 512x512:256 <|img_row_1_col_2|> 512x512:256"
                        + " <|img_row_2_col_1|> 512x512:256 <|img_row_2_col_2|> 512x512:256"
                        + " <|img_row_3_col_1|> 512x512:256 <|img_row_3_col_2|> 512x512:256"
                        + " <|img_thumbnail|> 416x576:234 <|image_end|>",
                text(prepare(VisionOptions.DEFAULT, image(960, 1280))));
        assertEquals(
                "<|image_start|> 512x512:256 <|image_end|>", text(prepare(VisionOptions.DEFAULT, image(600, 600))));
    }

    /// Tiles are parts of the picture stretched to all of them, row by row; the thumbnail is all of it.
    @Test
    void authors_tilesAreOfTheStretchedPicture() {
        Image image = image(1280, 960);
        List<PreparedPicture.Block> blocks =
                prepare(VisionOptions.DEFAULT, image).blocks();
        Image stretched = image.resized(3 * 512, 2 * 512, Resampling.BILINEAR);
        Normalisation normalisation =
                new Normalisation(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});
        for (int i = 0; i < 6; i++) {
            assertArrayEquals(
                    normalisation.apply(stretched.cropped(i % 3 * 512, i / 3 * 512, 512, 512)).values(),
                    blocks.get(i).views().getFirst().values());
        }
        assertArrayEquals(
                normalisation.apply(image.resized(576, 416, Resampling.BILINEAR)).values(),
                blocks.get(6).views().getFirst().values());
    }

    @ParameterizedTest
    @CsvSource({
        // tiles, min, max: whole view, views
        "1, 0, 0, 576x416:234, 1, ''",
        "4, 0, 0, 576x416:234, 5, ''",
        "20, 0, 0, 576x416:234, 7, 'vision: pictures are cut into 10 tiles at most'",
        "0, 0, 300, 640x480:300, 7, ''",
        "0, 0, 1024, 1152x864:972, 1, ''",
        "0, 400, 0, 736x544:391, 7, ''",
        "0, 0, 100, 352x256:88, 1, 'vision: pictures are not cut into tiles, which have 256 tokens each'",
        "0, 0, 20, 160x96:15, 1, 'vision: pictures are not cut into tiles, which have 256 tokens each'"
    })
    void authors_limitsOfTheCaller(int tiles, int min, int max, String whole, int views, String note) {
        PreparedPicture picture = prepare(options(Preprocess.AUTHORS, tiles, min, max), image(1280, 960));
        String[] text = text(picture).split(" ");
        assertEquals(whole, text[text.length - 2]);
        assertEquals(views, picture.blocks().size());
        assertEquals(note, String.join("; ", notes));
    }

    @Test
    void llamaCpp_cutsWhateverTheLimitIs() {
        PreparedPicture picture = prepare(options(Preprocess.LLAMA_CPP, 0, 0, 100), image(1280, 960));
        assertEquals(7, picture.blocks().size());
        assertEquals(6 * 256 + 88, tokens(picture));
    }

    @Test
    void fit_doesNotMatter() {
        prepare(new VisionOptions(-1, Fit.PAD), image(40, 40));
        assertEquals(List.of("vision: pictures keep their shape; how one becomes a square does not matter"), notes);
    }

    static Stream<Arguments> wrongFiles() {
        return Stream.of(
                wrong(f -> f.key("clip.vision.patch_size", 14).tensor("v.patch_embd.weight", 0, 1, 8, 3, 14, 14),
                        "key clip.vision.patch_size: found 14, expected patches of which squares of 2 x 2 fill 512 pixels,"
                                + " a tile"),
                wrong(f -> f.matrix("v.position_embd.weight", 15, 8),
                        "tensor v.position_embd.weight: found shape [15, 8], expected shape [side * side, 8] with a side"
                                + " from 1 to 4096"),
                wrong(f -> f.matrix("v.position_embd.weight", 16, 9),
                        "tensor v.position_embd.weight: found shape [16, 9], expected shape [16, 8]"),
                wrong(f -> f.matrix("mm.1.weight", 20, 8),
                        "tensor mm.1.weight: found shape [20, 8], expected shape [outputs, 32]"),
                wrong(f -> f.withoutTensor("v.post_ln.weight"),
                        "tensor v.post_ln.weight: found nothing, expected shape [8]; the file is incomplete, or it is not"
                                + " of the architecture that it names"));
    }

    private static Arguments wrong(UnaryOperator<ToyFile> change, String message) {
        return Arguments.of(change, message);
    }

    @ParameterizedTest
    @MethodSource
    void wrongFiles(UnaryOperator<ToyFile> change, String message) {
        PeregrineException error = assertThrows(
                PeregrineException.class,
                () -> with(change.apply(toy()), VisionOptions.DEFAULT, encoder -> encoder.dim()));
        assertEquals(
                "FOLDER/mmproj.gguf: " + message,
                String.valueOf(error.getMessage()).replace(folder.toString(), "FOLDER"));
    }

    /// Squares of patches side by side, the norm if there is one, and two layers with the exact GELU between
    /// them.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void authors_projector_isThatOfTheFormulas(boolean normed) {
        ToyFile toy = toy().vector("mm.1.bias", 0, 20).vector("mm.2.bias", 0, 6);
        if (normed) {
            toy.vector("mm.input_norm.weight", 1, 32).vector("mm.input_norm.bias", 0, 32);
        }
        Pixels view = new Pixels(96, 64, new float[96 * 64 * 3]);
        float[] features = new float[24 * 8];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) (2 * Math.sin(i * i));
        }
        float[] expected = new float[6 * 6];
        for (int square = 0; square < 6; square++) {
            double[] wide = new double[32];
            for (int i = 0; i < 32; i++) {
                int patch = (square / 3 * 2 + i / 16) * 6 + square % 3 * 2 + i / 8 % 2;
                wide[i] = features[patch * 8 + i % 8];
            }
            if (normed) {
                norm(wide, toy.weights("mm.input_norm.weight"), toy.weights("mm.input_norm.bias"));
            }
            double[] hidden = layer(toy, "mm.1", wide);
            Arrays.setAll(hidden, i -> Plain.geluErf(hidden[i]));
            double[] row = layer(toy, "mm.2", hidden);
            for (int i = 0; i < 6; i++) {
                expected[square * 6 + i] = (float) row[i];
            }
        }
        float[] found = with(toy, VisionOptions.DEFAULT, encoder -> {
            try (Workers workers = new Workers(2)) {
                Pass pass = new Pass(new Compute(workers, true), () -> false);
                Rows rows = new Rows().shape(24, 8);
                System.arraycopy(features, 0, rows.data(), 0, features.length);
                return encoder.project(pass, rows, List.of(view), new Rows()).toArray();
            }
        });
        Fixture.assertClose("rows", expected, found, 2e-5);
    }

    private static void norm(double[] x, float[] weight, float[] bias) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(value -> (value - mean) * (value - mean)).average().orElseThrow();
        Arrays.setAll(x, i -> (x[i] - mean) / Math.sqrt(variance + 1e-5) * weight[i] + bias[i]);
    }

    private static double[] layer(ToyFile toy, String name, double[] x) {
        double[] y = new double[toy.weights(name + ".bias").length];
        for (int n = 0; n < y.length; n++) {
            y[n] = toy.weights(name + ".bias")[n];
            for (int i = 0; i < x.length; i++) {
                y[n] += toy.weights(name + ".weight")[n * x.length + i] * x[i];
            }
        }
        return y;
    }

    @Test
    void width_isTheProjectors() {
        assertEquals(6, with(toy(), VisionOptions.DEFAULT, TowerEncoder::dim));
    }
}
