package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("facade")
class BilinearResizeTest {

    /// Values of `torch.nn.functional.interpolate(..., mode="bilinear", align_corners=False)` as its documentation
    /// defines them: the first and last places of an enlargement see one neighbour only.
    @Test
    void enlarged_bordersAreClamped() {
        assertArrayEquals(new float[] {0, 1, 3, 4}, resized(new float[] {0, 4}, 1, 2, 1, 1, 4));
        assertArrayEquals(new float[] {0, 1, 3, 4}, resized(new float[] {0, 4}, 2, 1, 1, 4, 1));
    }

    @Test
    void reduced_hasNoAntialiasing() {
        assertArrayEquals(new float[] {10, 40}, resized(new float[] {0, 10, 20, 30, 40, 50}, 1, 6, 1, 1, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,3,1,1", "1,1,2,5,7", "2,3,1,1,1", "2,3,3,2,3", "5,4,3,9,7", "31,17,1,8,8", "64,48,3,16,16", "7,100,2,112,3",
        "90,70,3,61,53"
    })
    void everyShape_isCloseToTheDefinition(int height, int width, int channels, int newHeight, int newWidth) {
        float[] x = Fills.normal(2 + height * width * channels, 1);
        int elements = newHeight * newWidth * channels;
        for (int threads = 1; threads < 5; threads++) {
            try (Workers workers = new Workers(threads)) {
                float[] y = Fills.guarded(elements + 8, 5, elements, 2);
                BilinearResize.apply(
                        new Compute(workers, true), x, 2, height, width, channels, y, 5, newHeight, newWidth);
                assertEquals(Fills.GUARD, y[4]);
                assertEquals(Fills.GUARD, y[5 + elements]);
                for (int i = 0; i < elements; i++) {
                    int row = i / channels / newWidth;
                    int column = i / channels % newWidth;
                    double expected = plain(
                            x,
                            2 + i % channels,
                            height,
                            width,
                            channels,
                            source(row, height, newHeight),
                            source(column, width, newWidth));
                    assertEquals(expected, y[5 + i], 2e-6, "element " + i);
                }
            }
        }
    }

    /// What lies exactly on a place of the source, beside a place that counts, stays zero: for all sizes up to 40.
    @Test
    void zeroWeights_leaveZeros() {
        for (int size = 1; size <= 40; size++) {
            for (int n = 1; n <= 40; n++) {
                for (int one = 0; one < size; one++) {
                    float[] x = new float[size];
                    x[one] = 1;
                    float[] y = resized(x, 1, size, 1, 1, n);
                    for (int i = 0; i < n; i++) {
                        long twice = Math.max(0, (2L * i + 1) * size - n);
                        boolean near = Math.abs(twice - 2L * n * one) < 2L * n;
                        assertEquals(near, y[i] > 0, one + " of " + size + " at " + i + " of " + n);
                        assertEquals(near, y[i] != 0);
                    }
                }
            }
        }
    }

    @Test
    void warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, true);
            float[] x = Fills.normal(20 * 30 * 3, 1);
            float[] y = new float[16 * 16 * 3];
            Allocations.assertNoneWhenWarm(() -> BilinearResize.apply(compute, x, 0, 20, 30, 3, y, 0, 16, 16));
        }
    }

    @Test
    void wrongArguments_sayWhatIsWrong() {
        assertMessage("height is 0, expected a positive number", 0, 3, 1, 2, 2);
        assertMessage("newWidth is -2, expected a positive number", 3, 3, 1, 2, -2);
        assertMessage("x: 5 x 5 places of 1 channels from 0, the array has 12", 5, 5, 1, 2, 2);
        assertMessage("y: 4 x 5 places of 1 channels from 0, the array has 12", 3, 3, 1, 5, 4);
    }

    private static void assertMessage(
            String expected, int height, int width, int channels, int newHeight, int newWidth) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, true);
            float[] a = new float[12];
            assertEquals(
                    expected,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> BilinearResize.apply(
                                            compute, a, 0, height, width, channels, a.clone(), 0, newHeight, newWidth))
                            .getMessage());
        }
    }

    private static float[] resized(float[] x, int height, int width, int channels, int newHeight, int newWidth) {
        try (Workers workers = new Workers(1)) {
            float[] y = new float[newHeight * newWidth * channels];
            BilinearResize.apply(new Compute(workers, true), x, 0, height, width, channels, y, 0, newHeight, newWidth);
            return y;
        }
    }

    private static double source(int i, int size, int n) {
        return Math.max(0, (i + 0.5) * size / n - 0.5);
    }

    private static double plain(float[] x, int at, int height, int width, int channels, double row, double column) {
        double sum = 0;
        for (int r = 0; r < height; r++) {
            for (int c = 0; c < width; c++) {
                double share = triangle(Math.min(row, height - 1) - r) * triangle(Math.min(column, width - 1) - c);
                sum += share * x[at + (r * width + c) * channels];
            }
        }
        return sum;
    }

    private static double triangle(double distance) {
        return Math.max(0, 1 - Math.abs(distance));
    }
}
