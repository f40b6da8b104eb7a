package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TileRecipeTest {

    private static final List<Size> LLAVA16 = sizes(336, 1, 2, 2, 1, 2, 2, 3, 1, 1, 3);
    private static final List<Size> HD = sizes(
            224, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1, 2, 2, 2, 3, 3, 2);

    private static List<Size> sizes(int tile, int... sides) {
        List<Size> sizes = new ArrayList<>();
        for (int i = 0; i < sides.length; i += 2) {
            sizes.add(new Size(tile * sides[i], tile * sides[i + 1]));
        }
        return sizes;
    }

    private static TileRecipe recipe(int side, List<Size> canvases) {
        float[] one = {1, 1, 1};
        return new TileRecipe(side, canvases, Resampling.BICUBIC, new Normalisation(new float[3], one));
    }

    /// The last one keeps 448 x 448 pixels on the wider canvas of LLaVA-1.5-HD, and 448 x 447 on the square one.
    @ParameterizedTest
    @CsvSource({
        "336, 336, 336, 672, 448, 448",
        "224, 224, 336, 672, 224, 224",
        "640, 480, 672, 672, 672, 448",
        "480, 640, 672, 672, 448, 672",
        "1920, 1080, 672, 672, 672, 448",
        "1000, 300, 1008, 336, 896, 224",
        "300, 1000, 336, 1008, 224, 896",
        "673, 672, 672, 672, 672, 448"
    })
    void canvas_isTheOneThatKeepsTheMost(int width, int height, int w16, int h16, int wHd, int hHd) {
        assertEquals(new Size(w16, h16), recipe(336, LLAVA16).canvas(width, height));
        assertEquals(new Size(wHd, hHd), recipe(224, HD).canvas(width, height));
    }

    @Test
    void canvas_pictureThatNoneKeeps_isTheSmallest() {
        assertEquals(new Size(336, 672), recipe(336, LLAVA16).canvas(30000, 1));
    }

    /// A picture of 8 x 3 pixels on a canvas of 8 x 4 in tiles of 4: one black row below, none above.
    @Test
    void apply_showsTheWholeAndThenTiles() {
        byte[] rgb = new byte[8 * 3 * 3];
        for (int i = 0; i < 8 * 3; i++) {
            rgb[3 * i] = (byte) (100 + i);
        }
        List<Pixels> views = recipe(4, sizes(4, 2, 1)).apply(Image.of(rgb, 8, 3));
        assertEquals(3, views.size());
        views.forEach(view -> assertEquals(List.of(4, 4), List.of(view.width(), view.height())));
        assertEquals(List.of(100, 101, 102, 103), row(views.get(1), 0));
        assertEquals(List.of(104, 105, 106, 107), row(views.get(2), 0));
        assertEquals(List.of(120, 121, 122, 123), row(views.get(2), 2));
        assertEquals(List.of(0, 0, 0, 0), row(views.get(1), 3));
        assertEquals(
                new Normalisation(new float[3], new float[] {1, 1, 1})
                        .apply(Image.of(rgb, 8, 3).resized(4, 4, Resampling.BICUBIC))
                        .values()[0],
                views.get(0).values()[0]);
    }

    /// A narrow picture grows to the canvas's height; of three columns of rest, one is on the left.
    @Test
    void apply_narrowPicture_standsInTheMiddle() {
        byte[] white = new byte[2 * 8 * 3];
        Arrays.fill(white, (byte) 255);
        List<Pixels> views = recipe(4, sizes(4, 1, 2)).apply(Image.of(white, 1, 16));
        assertEquals(List.of(0, 255, 0, 0), row(views.get(1), 0));
        assertEquals(List.of(0, 255, 0, 0), row(views.get(2), 3));
    }

    @Test
    void canvasThatIsNoWholeNumberOfTiles_isRefused() {
        List<Size> wrong = List.of(new Size(8, 6));
        assertEquals(
                "Size[width=8, height=6] in tiles of 4 pixels",
                assertThrows(IllegalArgumentException.class, () -> recipe(4, wrong))
                        .getMessage());
        assertEquals(
                "0 canvases for tiles of 4 pixels",
                assertThrows(IllegalArgumentException.class, () -> recipe(4, List.of()))
                        .getMessage());
    }

    /// Red of a row, as it was in the picture.
    private static List<Integer> row(Pixels view, int y) {
        List<Integer> red = new ArrayList<>();
        for (int x = 0; x < view.width(); x++) {
            red.add(Math.round(255 * view.values()[3 * (y * view.width() + x)]));
        }
        return red;
    }
}
