package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The two of llama.cpp where the golden views (see [LlamaViewsTest]) do not reach: values worked out by
/// hand.
class LlamaResizeTest {

    /// Three samples make five: the middle of 0 and 25 is 12.5.
    @Test
    void bilinear_putsCornersOnCornersAndCutsOff() {
        assertArrayEquals(new int[] {0, 12, 25, 40, 55}, resized(Resampling.LLAMA_BILINEAR, 5, 0, 25, 55));
        assertArrayEquals(new int[] {0, 55}, resized(Resampling.LLAMA_BILINEAR, 2, 0, 25, 55));
        assertArrayEquals(new int[] {7}, resized(Resampling.LLAMA_BILINEAR, 1, 7, 25, 55));
    }

    /// At halves: between 10 and 40 the border counts again, 10 + 20/2 + 15/4 - 5/8 = 23.125; between 40 and
    /// 70 lies 40 + 35/2 - 5/8 = 56.875; behind 70, which counts three times, 70 + 10/2 - 15/4 + 5/8 =
    /// 71.875.
    @Test
    void bicubic_startsAtTheFirstSampleAndRounds() {
        assertArrayEquals(new int[] {10, 23, 40, 57, 70, 72}, resized(Resampling.LLAMA_BICUBIC, 6, 10, 40, 70));
        assertArrayEquals(new int[] {10}, resized(Resampling.LLAMA_BICUBIC, 1, 10, 40, 70));
        assertArrayEquals(new int[] {0, 0, 255, 255}, resized(Resampling.LLAMA_BICUBIC, 4, 0, 0, 255, 255));
    }

    /// Beyond 0 and 255 it is cut off.
    @Test
    void bicubic_overshoots_isClipped() {
        assertArrayEquals(
                new int[] {0, 0, 0, 128, 255, 255, 255, 255}, resized(Resampling.LLAMA_BICUBIC, 8, 0, 0, 255, 255));
    }

    @ParameterizedTest
    @EnumSource
    void onePixel_becomesAnArea(Resampling resampling) {
        Image pixel = Image.of(new byte[] {1, 100, (byte) 200}, 1, 1);
        Image area = pixel.resized(3, 2, resampling);
        for (int i = 0; i < 6; i++) {
            assertEquals(1, area.sample(i % 3, i / 3, 0));
            assertEquals(100, area.sample(i % 3, i / 3, 1));
            assertEquals(200, area.sample(i % 3, i / 3, 2));
        }
    }

    /// A grey row, and the same as a column.
    private static int[] resized(Resampling resampling, int length, int... samples) {
        byte[] rgb = new byte[3 * samples.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) samples[i / 3];
        }
        Image row = Image.of(rgb, samples.length, 1).resized(length, 1, resampling);
        Image column = Image.of(rgb, 1, samples.length).resized(1, length, resampling);
        int[] result = new int[length];
        for (int i = 0; i < length; i++) {
            result[i] = row.sample(i, 0, 1);
            assertEquals(result[i], column.sample(0, i, 1));
        }
        return result;
    }
}
