package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitRecipeTest {

    private static final Normalisation PLAIN = new Normalisation(new float[3], new float[] {1, 1, 1});

    private static SplitRecipe recipe(int side, int edge, int maxTiles, Preprocess way) {
        return new SplitRecipe(side, edge, maxTiles, way, PLAIN);
    }

    /// From the formulas of the authors' code, worked out in Python. 512 in 2048 is SmolVLM-256M and -500M and
    /// Granite-Docling, 384 in 1536 SmolVLM-2.2B, 364 in 1456 Idefics3.
    @ParameterizedTest
    @CsvSource({
        "1280, 960, 2048, 512, 4, 3",
        "1280, 960, 1536, 384, 4, 3",
        "1920, 1080, 1536, 384, 4, 3",
        "512, 512, 2048, 512, 4, 4",
        "100, 300, 2048, 512, 2, 4",
        "3000, 100, 2048, 512, 4, 1",
        "10000, 3, 2048, 512, 4, 1",
        "640, 480, 512, 512, 0, 0",
        "640, 480, 500, 512, 0, 0",
        "333, 500, 1456, 364, 3, 4",
        "27, 27, 27, 27, 2, 2",
        "5, 7, 8192, 512, 6, 8",
        "1, 1, 1536, 384, 4, 4",
        "4000, 3001, 6000, 500, 9, 7",
        "1000, 513, 1025, 512, 3, 2"
    })
    void grid_ofTheAuthors(int width, int height, int edge, int side, int columns, int lines) {
        assertEquals(
                new SplitRecipe.Grid(columns, lines),
                recipe(side, edge, 0, Preprocess.AUTHORS).grid(width, height));
    }

    /// Edge 0: about the picture's own size, sides rounded to the nearest tile.
    @ParameterizedTest
    @CsvSource({
        "1280, 960, 2048, 512, 0, 4, 3",
        "640, 480, 512, 512, 0, 1, 1",
        "640, 480, 512, 512, 1, 0, 0",
        "27, 27, 27, 27, 0, 1, 1",
        "5, 7, 8192, 512, 0, 12, 16",
        "1280, 960, 0, 512, 0, 3, 2",
        "1280, 960, 0, 512, 4, 2, 2",
        "100, 100, 0, 512, 0, 1, 1"
    })
    void grid_ofLlamaCpp(int width, int height, int edge, int side, int maxTiles, int columns, int lines) {
        assertEquals(
                new SplitRecipe.Grid(columns, lines),
                recipe(side, edge, maxTiles, Preprocess.LLAMA_CPP).grid(width, height));
    }

    @ParameterizedTest
    @CsvSource({
        "1280, 960, 12, 4, 3",
        "1280, 960, 11, 3, 3",
        "1280, 960, 9, 3, 3",
        "1280, 960, 8, 2, 2",
        "1280, 960, 4, 2, 2",
        "1280, 960, 3, 0, 0",
        "1280, 960, 1, 0, 0",
        "3000, 100, 3, 3, 1",
        "3000, 100, 2, 2, 1",
        "100, 3000, 1, 0, 0"
    })
    void grid_limited_isThatOfASmallerEdge(int width, int height, int maxTiles, int columns, int lines) {
        assertEquals(
                new SplitRecipe.Grid(columns, lines),
                recipe(512, 2048, maxTiles, Preprocess.AUTHORS).grid(width, height));
    }

    /// A square of an odd side becomes one pixel too high for one tile.
    @Test
    void grid_limitThatNoEdgeKeeps_isTheWholePicture() {
        SplitRecipe recipe = recipe(27, 27, 1, Preprocess.AUTHORS);
        assertEquals(new SplitRecipe.Grid(0, 0), recipe.grid(27, 27));
        assertEquals(1, recipe.apply(noise(27, 27)).size());
    }

    private static Image noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(width).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }

    private static void assertView(Image expected, Pixels found) {
        assertArrayEquals(PLAIN.apply(expected).values(), found.values());
    }

    /// 60 x 40 to 80 x 54 (53.3 cut down and made even), to 80 x 80.
    @Test
    void apply_authors_stretchesTwiceAndShowsTheWholeLast() {
        Image image = noise(60, 40);
        Image canvas = image.resized(80, 54, Resampling.LANCZOS).resized(80, 80, Resampling.LANCZOS);
        List<Pixels> views = recipe(40, 80, 0, Preprocess.AUTHORS).apply(image);
        assertEquals(5, views.size());
        assertView(canvas.cropped(0, 0, 40, 40), views.get(0));
        assertView(canvas.cropped(40, 0, 40, 40), views.get(1));
        assertView(canvas.cropped(0, 40, 40, 40), views.get(2));
        assertView(canvas.cropped(40, 40, 40, 40), views.get(3));
        assertView(canvas.resized(40, 40, Resampling.LANCZOS), views.get(4));
    }

    /// 60 x 40 to 40 x 26, to 40 x 40.
    @Test
    void apply_authors_oneTileIsTheWhole() {
        Image image = noise(60, 40);
        List<Pixels> views = recipe(40, 80, 1, Preprocess.AUTHORS).apply(image);
        assertEquals(1, views.size());
        assertView(
                image.resized(40, 26, Resampling.LANCZOS).resized(40, 40, Resampling.LANCZOS), views.getFirst());
        assertArrayEquals(
                views.getFirst().values(),
                recipe(40, 40, 0, Preprocess.AUTHORS).apply(image).getFirst().values());
    }

    @Test
    void apply_llamaCpp_keepsTheShapeAndShowsOneTileTwice() {
        Image image = noise(60, 40);
        List<Pixels> views = recipe(40, 40, 0, Preprocess.LLAMA_CPP).apply(image);
        assertEquals(2, views.size());
        assertView(image.letterboxed(40, 40, Letterbox.CEIL, 0, Resampling.LLAMA_BICUBIC), views.get(0));
        assertView(image.resized(40, 40, Resampling.LLAMA_BILINEAR), views.get(1));
        List<Pixels> whole = recipe(40, 40, 1, Preprocess.LLAMA_CPP).apply(image);
        assertEquals(1, whole.size());
        assertArrayEquals(views.get(1).values(), whole.getFirst().values());
    }

    @Test
    void wrongNumbers_areRefused() {
        assertEquals(
                "at most 0 tiles of 512 pixels for an edge of 0 pixels",
                assertThrows(IllegalArgumentException.class, () -> recipe(512, 0, 0, Preprocess.AUTHORS))
                        .getMessage());
        assertEquals(
                "at most -1 tiles of 512 pixels for an edge of 1 pixels",
                assertThrows(IllegalArgumentException.class, () -> recipe(512, 1, -1, Preprocess.AUTHORS))
                        .getMessage());
    }
}
