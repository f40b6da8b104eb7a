package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sizes are those of the programs that they are about, run for these pictures: `get_sliced_grid`, `find_best_resize`
/// and `get_refine_size` of `image_processing_minicpmv.py` (checkpoint `openbmb/MiniCPM-V-2_6`), and the functions of
/// the same purpose of llama.cpp (3f545bec).
class SliceRecipeTest {

    private static final Normalisation HALF =
            new Normalisation(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});

    private static SliceRecipe recipe(int side, int patch, int slices, Preprocess way) {
        return new SliceRecipe(side, patch, slices, way, HALF);
    }

    private static String plan(SliceRecipe recipe, int width, int height) {
        SliceRecipe.Plan plan = recipe.plan(width, height);
        String whole = plan.whole().width() + "x" + plan.whole().height();
        return plan.slices() == 0
                ? whole
                : whole + " " + plan.slice().width() + "x" + plan.slice().height() + " " + plan.columns() + "x"
                        + plan.lines();
    }

    @ParameterizedTest
    @CsvSource({
        "448, 448, 448x448",
        "449, 448, 448x448 322x630 2x1",
        "100, 60, 574x350",
        "1, 1, 448x448",
        "500, 100, 994x196",
        "640, 480, 518x392 364x546 2x1",
        "1280, 960, 518x392 420x476 3x2",
        "960, 1280, 392x518 476x420 2x3",
        "1344, 1344, 448x448 448x448 3x3",
        "1920, 1080, 602x336 420x476 4x2",
        "4000, 3000, 518x392 518x392 3x3",
        "3000, 300, 1414x140 574x350 6x1",
        "300, 3000, 140x1414 350x574 1x6",
        "10000, 40, 7000x28 4088x56 3x1",
        "16384, 16, 14336x14 8190x28 3x1",
        "777, 333, 686x294 476x420 2x1",
        "450, 450, 448x448 630x322 1x2",
        "600, 700, 420x476 420x476 2x2"
    })
    void authors(int width, int height, String expected) {
        assertEquals(expected, plan(recipe(448, 14, 9, Preprocess.AUTHORS), width, height));
    }

    /// `max_slice_nums` of the authors' code.
    @ParameterizedTest
    @CsvSource({
        "1280, 960, 4, 518x392 518x392 2x2",
        "1280, 960, 2, 518x392 364x546 2x1",
        "1280, 960, 1, 518x392",
        "1920, 1080, 5, 602x336 602x336 2x2"
    })
    void authors_fewerSlices(int width, int height, int slices, String expected) {
        assertEquals(expected, plan(recipe(448, 14, slices, Preprocess.AUTHORS), width, height));
    }

    @ParameterizedTest
    @CsvSource({
        "448, 448, 448x448",
        "100, 60, 448x448",
        "449, 448, 448x448 322x630 2x1",
        "500, 100, 504x98 714x280 2x1",
        "100, 500, 98x504 280x714 1x2",
        "640, 480, 518x392 364x546 2x1",
        "1280, 960, 518x392 420x476 3x2",
        "1344, 1344, 448x448 448x448 3x3",
        "1920, 1080, 602x336 420x476 4x2",
        "4000, 3000, 518x392 518x392 3x3",
        "300, 3000, 140x1414 350x574 1x6",
        "10000, 40, 7000x28 4088x56 3x1",
        "16384, 10, 16380x14 12292x14 2x1",
        "777, 333, 686x294 490x420 2x1",
        "600, 700, 420x490 420x490 2x2",
        "449, 1, 448x14 6524x28 2x1"
    })
    void llamaCpp(int width, int height, String expected) {
        assertEquals(expected, plan(recipe(448, 14, 9, Preprocess.LLAMA_CPP), width, height));
    }

    /// llama.cpp has no such limit; alone, the whole is what it makes it beside slices.
    @Test
    void llamaCpp_noSlices_theWholeAlone() {
        assertEquals("504x98", plan(recipe(448, 14, 1, Preprocess.LLAMA_CPP), 500, 100));
        assertEquals("518x392", plan(recipe(448, 14, 1, Preprocess.LLAMA_CPP), 1280, 960));
    }

    /// A picture of six squares of one colour each: every slice has its own.
    @Test
    void slices_areLineByLine_behindTheWhole() {
        int[] greys = {10, 50, 90, 130, 170, 210};
        byte[] rgb = new byte[96 * 64 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) greys[i / 3 / 96 / 32 * 3 + i / 3 % 96 / 32];
        }
        List<Pixels> views = recipe(32, 8, 9, Preprocess.AUTHORS).apply(Image.of(rgb, 96, 64));
        assertEquals("40x24 32x32 3x2", plan(recipe(32, 8, 9, Preprocess.AUTHORS), 96, 64));
        assertEquals(7, views.size());
        assertEquals(40, views.getFirst().width());
        for (int slice = 0; slice < 6; slice++) {
            Pixels view = views.get(1 + slice);
            float middle = view.values()[3 * (16 * view.width() + 16)];
            assertEquals((greys[slice] / 255.0 - 0.5) / 0.5, middle, 1e-6, "slice " + slice);
        }
    }

    @Test
    void noSlicesAtAll_isAnError() {
        assertEquals(
                "at most 0 slices of about 448 pixels in patches of 14",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> recipe(448, 14, 0, Preprocess.AUTHORS))
                        .getMessage());
    }
}
