package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("facade")
class DepthwiseConvolutionTest {

    @ParameterizedTest
    @CsvSource({
        "7,1,1,1", "7,1,1,16", "7,2,3,5", "7,3,2,33", "7,7,7,8", "7,1,40,17", "7,40,1,17", "7,5,13,4", "7,6,14,16",
        "7,4,15,32", "7,9,30,48", "3,1,1,3", "3,4,9,7", "3,5,10,31", "3,3,27,64", "1,3,8,19", "1,2,9,16", "5,11,12,20",
        "9,3,17,9", "7,0,4,3", "7,4,0,3"
    })
    void everyShape_isCloseToTheDefinition(int size, int height, int width, int channels) {
        int elements = height * width * channels;
        float[] weight = Fills.normal(size * size * channels, 1);
        float[] x = Fills.normal(elements + 5, 2);
        for (float[] bias : new float[] @Nullable [] {null, Fills.normal(channels, 3)}) {
            double[] expected = plain(weight, bias, size, x, 5, height, width, channels);
            for (int threads = 1; threads < 5; threads++) {
                try (Workers workers = new Workers(threads)) {
                    float[] y = Fills.guarded(elements + 10, 3, elements, 4);
                    DepthwiseConvolution.apply(
                            new Compute(workers, true), weight, bias, size, x, 5, height, width, channels, y, 3);
                    for (int i = 0; i < y.length; i++) {
                        if (i < 3 || i >= 3 + elements) {
                            assertEquals(Fills.GUARD, y[i]);
                        } else {
                            assertEquals(expected[i - 3], y[i], 1e-5, "element " + (i - 3));
                        }
                    }
                }
            }
        }
    }

    @Test
    void anyThreads_sameBits() {
        int channels = 70;
        float[] weight = Fills.normal(49 * channels, 1);
        float[] x = Fills.normal(60 * 50 * channels, 2);
        float[] expected = {};
        for (int threads = 1; threads < 5; threads++) {
            try (Workers workers = new Workers(threads)) {
                float[] y = new float[x.length];
                DepthwiseConvolution.apply(new Compute(workers, true), weight, null, 7, x, 0, 60, 50, channels, y, 0);
                expected = threads == 1 ? y : expected;
                assertArrayEquals(expected, y);
            }
        }
    }

    @Test
    void warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, true);
            float[] weight = Fills.normal(49 * 67, 1);
            float[] x = Fills.normal(3 * 20 * 67, 2);
            float[] y = new float[x.length];
            Allocations.assertNoneWhenWarm(
                    () -> DepthwiseConvolution.apply(compute, weight, null, 7, x, 0, 3, 20, 67, y, 0));
        }
    }

    @Test
    void wrongArguments_sayWhatIsWrong() {
        float[] a = new float[50];
        assertMessage("size is 2, expected an odd number", a, 2, a, 2, 3, 4);
        assertMessage("size is -1, expected a positive number", a, -1, a, 2, 3, 4);
        assertMessage("channels is 0, expected a positive number", a, 3, a, 2, 3, 0);
        assertMessage("x: 5 x 4 places of 3 channels from 0, the array has 50", a, 3, a, 4, 5, 3);
        assertMessage("x: -1 x 4 places from 0, expected none negative", a, 3, a, 4, -1, 3);
        assertMessage("weight: 7 x 7 places of 2 channels from 0, the array has 50", a, 7, a, 2, 3, 2);
        assertMessage("y: 3 x 2 places of 4 channels from 0, the array has 9", a, 3, new float[9], 2, 3, 4);
        int most = Integer.MAX_VALUE;
        assertMessage(
                "x: 2147483647 x 2147483647 places of 2147483647 channels from 0, the array has 50",
                a,
                3,
                a,
                most,
                most,
                most);
    }

    private static void assertMessage(
            String expected, float[] weight, int size, float[] y, int height, int width, int channels) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, true);
            assertEquals(
                    expected,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> DepthwiseConvolution.apply(
                                            compute, weight, null, size, new float[50], 0, height, width, channels, y, 0))
                            .getMessage());
        }
    }

    private static double[] plain(
            float[] weight,
            float @Nullable [] bias,
            int size,
            float[] x,
            int offset,
            int height,
            int width,
            int channels) {
        double[] y = new double[height * width * channels];
        for (int i = 0; i < y.length; i++) {
            int c = i % channels;
            int row = i / channels / width;
            int column = i / channels % width;
            y[i] = bias == null ? 0 : bias[c];
            for (int tap = 0; tap < size * size; tap++) {
                int r = row + tap / size - size / 2;
                int k = column + tap % size - size / 2;
                if (r >= 0 && r < height && k >= 0 && k < width) {
                    y[i] += (double) weight[tap * channels + c] * x[offset + (r * width + k) * channels + c];
                }
            }
        }
        return y;
    }
}
