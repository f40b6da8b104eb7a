package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LetterboxTest {

    private static final Image WHITE = Image.of(filled(10 * 4, 255), 10, 4);

    /// 10 x 4 pixels in 7 x 6 are 7 x 2.8.
    @Test
    void ceil_roundsTheSizeUpAndTheOffsetDown() {
        assertEquals(new Size(7, 3), Letterbox.CEIL.inside(new Size(10, 4), new Size(7, 6)));
        assertArrayEquals(
                new int[] {0x10, 255, 255, 255, 0x10, 0x10}, column(WHITE.letterboxed(
                        7, 6, Letterbox.CEIL, 0x102030, Resampling.BOX)));
    }

    /// 10 x 4 pixels in 6 x 5 are 6 x 2.4.
    @Test
    void nearest_roundsBothToTheNearest() {
        assertEquals(new Size(6, 2), Letterbox.NEAREST.inside(new Size(10, 4), new Size(6, 5)));
        assertArrayEquals(
                new int[] {0x10, 0x10, 255, 255, 0x10}, column(WHITE.letterboxed(
                        6, 5, Letterbox.NEAREST, 0x102030, Resampling.BOX)));
    }

    @Test
    void pictureOfTheSize_staysWhatItIs() {
        Image picture = ResizeTest.noise(31, 17);
        assertEquals(picture, picture.letterboxed(31, 17, Letterbox.CEIL, 0, Resampling.LLAMA_BICUBIC));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 16384", "16384, 1", "3, 1000", "700, 2"})
    void anyShape_keepsAPixelAtLeast(int width, int height) {
        for (Letterbox style : Letterbox.values()) {
            Size inside = style.inside(new Size(width, height), new Size(32, 48));
            assertTrue(inside.width() <= 32 && inside.height() <= 48 && inside.area() >= 1);
            assertTrue(inside.width() == 32 || inside.height() == 48);
        }
    }

    @ParameterizedTest
    @EnumSource
    void longPictures_areResizedWithEveryResampling(Resampling resampling) {
        for (Image line : new Image[] {ResizeTest.noise(4000, 1), ResizeTest.noise(1, 4000), ResizeTest.noise(1, 1)}) {
            Image view = line.letterboxed(40, 30, Letterbox.CEIL, 0, resampling);
            assertEquals(40, view.width());
            assertEquals(30, view.height());
        }
    }

    private static byte[] filled(int pixels, int value) {
        byte[] rgb = new byte[3 * pixels];
        Arrays.fill(rgb, (byte) value);
        return rgb;
    }

    /// The red samples of the first column.
    private static int[] column(Image image) {
        int[] column = new int[image.height()];
        for (int y = 0; y < column.length; y++) {
            column[y] = image.sample(0, y, 0);
        }
        return column;
    }
}
