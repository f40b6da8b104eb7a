package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("facade")
class PatchesTest {

    @Test
    void unfold_channelFirst_isTheOrderOfTheConvolutionWeight() {
        float[] out = new float[12];
        Patches.unfold(numbered(12), 2, 2, 2, true, out, 0);
        assertArrayEquals(new float[] {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}, out);
    }

    @Test
    void unfold_channelLast_keepsPixelsTogether() {
        float[] out = new float[12];
        Patches.unfold(numbered(12), 2, 2, 2, false, out, 0);
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, out);
    }

    @ParameterizedTest
    @CsvSource({"1,1,3,1", "4,4,3,2", "6,4,3,2", "7,9,3,2", "5,5,3,3", "28,42,3,14", "3,3,3,4", "4,6,5,2", "5,7,48,2",
        "9,4,1,3", "1,1,7,2"})
    void unfold_everyElement_isThePixelOfItsPlace(int height, int width, int channels, int patch) {
        float[] pixels = numbered(height * width * channels);
        int rows = height / patch;
        int columns = width / patch;
        int size = channels * patch * patch;
        for (boolean channelFirst : new boolean[] {true, false}) {
            float[] out = new float[2 + rows * columns * size + 2];
            Arrays.fill(out, -1);
            Patches.unfold(pixels, height, width, channels, patch, channelFirst, out, 2);
            for (int p = 0; p < rows * columns; p++) {
                for (int i = 0; i < size; i++) {
                    int c = channelFirst ? i / (patch * patch) : i % channels;
                    int y = channelFirst ? i / patch % patch : i / channels / patch;
                    int x = channelFirst ? i % patch : i / channels % patch;
                    int pixel = (p / columns * patch + y) * width + p % columns * patch + x;
                    assertEquals(pixels[channels * pixel + c], out[2 + p * size + i]);
                }
            }
            assertEquals(-1, out[1]);
            assertEquals(-1, out[2 + rows * columns * size]);
        }
    }

    @Test
    void unfold_wrongArguments_sayWhatIsNeeded() {
        float[] pixels = new float[12];
        assertEquals(
                "x: 3 x 2 places of 3 channels from 0, the array has 12",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Patches.unfold(pixels, 2, 3, 1, true, new float[18], 0))
                        .getMessage());
        assertEquals(
                "x: 100000 x 100000 places of 3 channels from 0, the array has 12",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Patches.unfold(pixels, 100_000, 100_000, 1, true, new float[18], 0))
                        .getMessage());
        assertEquals(
                "out: 2 x 2 places of 3 channels from 1, the array has 12",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Patches.unfold(pixels, 2, 2, 1, true, new float[12], 1))
                        .getMessage());
        assertEquals(
                "patch is 0, expected a positive number",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Patches.unfold(pixels, 2, 2, 0, true, new float[12], 0))
                        .getMessage());
    }

    private static float[] numbered(int elements) {
        float[] pixels = new float[elements];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = i;
        }
        return pixels;
    }
}
