package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The tiles of InternVL. Views of llama.cpp are in [LlamaViewsTest] and the golden cases.
class GridRecipeTest {

    private static final Normalisation HALF =
            new Normalisation(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});

    private static GridRecipe recipe(int min, int max, int tile, Preprocess way) {
        return new GridRecipe(new ClosestGrid(min, max, tile), way, HALF);
    }

    /// Grids computed in Python by what `dynamic_preprocess(image, min_num, max_num, image_size, use_thumbnail=True)` of the
    /// authors says: a square of 800 pixels takes four tiles, since it has more than half their area.
    @ParameterizedTest
    @CsvSource({
        "448, 448, 1, 12, 1", "500, 500, 1, 12, 1", "10, 10, 1, 12, 1", "800, 800, 1, 12, 5", "1000, 1000, 1, 12, 10",
        "1400, 1400, 1, 12, 10", "1280, 960, 1, 12, 13", "1920, 1080, 1, 12, 9", "600, 400, 1, 12, 7",
        "400, 600, 1, 12, 7", "5000, 100, 1, 12, 13", "100, 5000, 1, 12, 13", "1000, 500, 1, 6, 3",
        "3000, 2000, 1, 12, 7", "1280, 960, 1, 4, 5", "640, 480, 1, 40, 13"
    })
    void authors_viewsOfAPicture(int width, int height, int min, int max, int views) {
        assertEquals(views, recipe(min, max, 448, Preprocess.AUTHORS).views(width, height));
    }

    /// A picture as large as a tile is one view; a longer one that may have one tile only is seen twice.
    @ParameterizedTest
    @CsvSource({"448, 448, 12, 1", "449, 10, 12, 3", "449, 10, 1, 2", "896, 448, 12, 3", "896, 897, 12, 7", "1280, 960, 12, 10"})
    void llamaCpp_viewsOfAPicture(int width, int height, int max, int views) {
        assertEquals(views, recipe(1, max, 448, Preprocess.LLAMA_CPP).views(width, height));
    }

    private static Image noise(int width, int height, long seed) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }

    @Test
    void authors_tilesLineByLineThenTheWhole() {
        Image image = noise(31, 20, 3);
        List<Pixels> views = recipe(1, 12, 8, Preprocess.AUTHORS).apply(image);
        Image stretched = image.resized(24, 16, Resampling.BICUBIC);
        assertEquals(7, views.size());
        for (int i = 0; i < 6; i++) {
            Image tile = stretched.cropped(i % 3 * 8, i / 3 * 8, 8, 8);
            assertArrayEquals(HALF.apply(tile).values(), views.get(i).values(), "tile " + i);
        }
        assertArrayEquals(
                HALF.apply(image.resized(8, 8, Resampling.BICUBIC)).values(), views.getLast().values());
    }

    @Test
    void authors_oneTile_isTheWhole() {
        Image image = noise(9, 8, 4);
        List<Pixels> views = recipe(1, 12, 8, Preprocess.AUTHORS).apply(image);
        assertEquals(1, views.size());
        assertArrayEquals(
                HALF.apply(image.resized(8, 8, Resampling.BICUBIC)).values(), views.getFirst().values());
    }
}
