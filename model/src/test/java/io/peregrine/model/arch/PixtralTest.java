package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The sizes of pictures: patches of 8 pixels, the longer side 128 at most.
class PixtralTest {

    private static final Path PLAIN = Path.of("src/test/resources/fixtures/vlm_pixtral/mmproj.gguf");
    private static final Path MERGING = Path.of("src/test/resources/fixtures/vlm_pixtral_merge/mmproj.gguf");

    private static PreparedPicture prepare(Path path, ImageEncoders.Factory factory, VisionOptions options, Image image) {
        try (GgufFile file = GgufFile.open(path)) {
            return factory.bind(file.metadata(), new Weights(file), options, note -> {}).prepare(image);
        }
    }

    private static Image image(int width, int height) {
        return Image.of(new byte[3 * width * height], width, height);
    }

    private static String pieces(PreparedPicture picture) {
        return picture.pieces().stream()
                .map(piece -> switch (piece) {
                    case PreparedPicture.Mark mark -> mark.text();
                    case PreparedPicture.NumberedMark mark -> mark.before() + "N" + mark.after();
                    case PreparedPicture.Token token -> token.text();
                    case PreparedPicture.Block block ->
                        block.views().getFirst().width() + "x" + block.views().getFirst().height() + " in "
                                + block.tokens();
                })
                .collect(Collectors.joining(" "));
    }

    private static VisionOptions limits(Preprocess preprocess, int min, int max) {
        return new VisionOptions(-1, null, 0, preprocess, min, max);
    }

    /// The authors' numbers follow from `get_resize_output_image_size` of transformers' `image_processing_pixtral.py`
    /// by hand: down to the edge, whole patches up. llama.cpp's are rounded to the nearest patch.
    @ParameterizedTest
    @CsvSource({
        "50, 33, 56x40 in 39, 48x32 in 27",
        "128, 128, 128x128 in 271, 128x128 in 271",
        "300, 100, 128x48 in 101, 304x104 in 506",
        "8, 8, 8x8 in 1, 24x24 in 11",
        "200, 1, 128x8 in 16, 200x8 in 25"
    })
    void plain_sizes(int width, int height, String authors, String llama) {
        Image image = image(width, height);
        assertEquals(
                authors + " [IMG_END]",
                pieces(prepare(PLAIN, Pixtral::bind, limits(Preprocess.AUTHORS, 0, 0), image)));
        assertEquals(
                llama + " [IMG_END]",
                pieces(prepare(PLAIN, Pixtral::bind, limits(Preprocess.LLAMA_CPP, 0, 0), image)));
    }

    /// Squares of 2 x 2 patches are one token.
    @ParameterizedTest
    @CsvSource({"100, 66, 112x80 in 39", "300, 100, 128x48 in 26", "1, 200, 16x128 in 15"})
    void merging_authorsSizes(int width, int height, String expected) {
        assertEquals(
                expected + " [IMG_END]",
                pieces(prepare(MERGING, Pixtral::bind, VisionOptions.DEFAULT, image(width, height))));
    }

    @Test
    void callersLimits_holdInBothWays() {
        Image image = image(120, 120);
        assertEquals(
                "24x24 in 11 [IMG_END]",
                pieces(prepare(PLAIN, Pixtral::bind, limits(Preprocess.AUTHORS, 0, 9), image)));
        assertEquals(
                "24x24 in 11 [IMG_END]",
                pieces(prepare(PLAIN, Pixtral::bind, limits(Preprocess.LLAMA_CPP, 0, 9), image)));
        assertEquals(
                "64x64 in 71 [IMG_END]",
                pieces(prepare(PLAIN, Pixtral::bind, limits(Preprocess.AUTHORS, 60, 0), image(8, 8))));
    }

    @Test
    void limitsBeyondAnyPicture_areRefused() {
        Exception e = assertThrows(
                PeregrineException.class,
                () -> prepare(PLAIN, Pixtral::bind, limits(Preprocess.AUTHORS, 0, Integer.MAX_VALUE), image(8, 8)));
        assertEquals(
                "tokens of a picture: 2147483647 exceeds the limit of 10937500 tokens; ask for fewer", e.getMessage());
    }

    /// LightOnOCR: no rows between lines if the file has none, and no marks but llama.cpp's.
    @Test
    void ocr_marksAndSizes() {
        assertEquals(
                "112x80 in 39",
                pieces(prepare(MERGING, Pixtral::bindOcr, VisionOptions.DEFAULT, image(100, 66))));
        assertEquals(
                "<|im_start|> 128x96 in 53 <|im_end|>",
                pieces(prepare(MERGING, Pixtral::bindOcr, limits(Preprocess.LLAMA_CPP, 0, 0), image(100, 66))));
    }

    @Test
    void optionsForTiles_areSaidNotToMatter() {
        List<String> notes = new ArrayList<>();
        try (GgufFile file = GgufFile.open(PLAIN)) {
            Pixtral.bind(file.metadata(), new Weights(file), new VisionOptions(-1, null, 3), notes::add);
        }
        assertEquals(List.of("vision: a picture is one view; how many tiles are allowed does not matter"), notes);
    }
}
