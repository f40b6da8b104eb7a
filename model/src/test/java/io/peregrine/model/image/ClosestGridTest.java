package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expected grids: `find_closest_aspect_ratio` of transformers' `image_processing_lfm2_vl_fast.py`, computed apart in
/// Python, for the floats with NumPy.
class ClosestGridTest {

    private static final ClosestGrid LFM2 = new ClosestGrid(2, 10, 512);

    @ParameterizedTest
    @CsvSource({
        "1024, 544, 2x1, 2x1",
        "1280, 960, 3x2, 3x2",
        "960, 1280, 2x3, 2x3",
        "1920, 1080, 4x2, 4x2",
        "2200, 1000, 4x2, 4x2",
        "3000, 300, 10x1, 10x1",
        "300, 3000, 1x10, 1x10",
        "1000, 1000, 2x2, 2x2",
        "2000, 2000, 3x3, 3x3",
        "1250, 1000, 3x3, 3x3",
        "4500, 10000, 2x5, 2x5",
        "221, 1872, 1x8, 1x9",
        "319, 1740, 1x6, 1x5",
        "585, 1300, 1x2, 2x5",
        "900, 1080, 2x2, 2x3",
        "1285, 1542, 3x3, 2x3"
    })
    void gridsOf2To10Tiles(int width, int height, String authors, String llama) {
        assertEquals(authors, text(LFM2.authors(width, height)));
        assertEquals(llama, text(LFM2.llamaCpp(width, height)));
    }

    @Test
    void hugePicture_doesNotOverflow() {
        assertEquals("3x3", text(LFM2.authors(Integer.MAX_VALUE, Integer.MAX_VALUE)));
        assertEquals("3x3", text(LFM2.llamaCpp(Integer.MAX_VALUE, Integer.MAX_VALUE)));
    }

    @Test
    void noGrid_isRefused() {
        for (int[] wrong : new int[][] {{0, 4, 8}, {5, 4, 8}, {1, 257, 8}, {1, 4, 0}}) {
            assertEquals(
                    wrong[0] + " to " + wrong[1] + " tiles of " + wrong[2] + " pixels",
                    assertThrows(IllegalArgumentException.class, () -> new ClosestGrid(wrong[0], wrong[1], wrong[2]))
                            .getMessage());
        }
    }

    private static String text(Size grid) {
        return grid.width() + "x" + grid.height();
    }
}
