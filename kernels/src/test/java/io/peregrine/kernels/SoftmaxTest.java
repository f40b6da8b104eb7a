package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("facade")
class SoftmaxTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 127, 257, 1000, 1025, 4096, 150_001})
    void apply_everyLength_isCloseToTheDefinition(int length) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            for (float spread : new float[] {1, 20, 1e4f}) {
                int rows = 3;
                float[] x = Fills.guarded(rows * (length + 2) + 1, 1, rows * (length + 2), length);
                for (int i = 1; i < x.length; i++) {
                    x[i] *= spread;
                }
                float[] before = x.clone();
                Softmax.apply(compute, x, 1, length + 2, rows, length);
                assertEquals(Fills.GUARD, x[0]);
                for (int r = 0; r < rows; r++) {
                    int at = 1 + r * (length + 2);
                    assertRow(before, x, at, length);
                    assertEquals(before[at + length], x[at + length]);
                    assertEquals(before[at + length + 1], x[at + length + 1]);
                }
            }
        }
    }

    @Test
    void apply_extremes() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = Fills.normal(37, 1);
            x[5] = Float.NEGATIVE_INFINITY;
            x[36] = Float.NEGATIVE_INFINITY;
            float[] before = x.clone();
            Softmax.apply(compute, x, 0, 37, 1, 37);
            assertRow(before, x, 0, 37);
            assertEquals(0, x[5]);
            for (int bad : new int[] {0, 9, 36}) {
                float[] y = before.clone();
                y[bad] = Float.NaN;
                Softmax.apply(compute, y, 0, 37, 1, 37);
                float[] nan = new float[37];
                Arrays.fill(nan, Float.NaN);
                assertArrayEquals(nan, y);
            }
            float[] equal = new float[37];
            Arrays.fill(equal, -3e38f);
            Softmax.apply(compute, equal, 0, 37, 1, 37);
            assertEquals(1 / 37f, equal[0], 1e-8f);
        }
    }

    @Test
    void apply_anyThreads_sameBits() {
        float[] x = Fills.normal(50 * 1003, 1);
        float[] expected = {};
        for (int threads = 1; threads < 5; threads++) {
            try (Workers workers = new Workers(threads)) {
                float[] y = x.clone();
                Softmax.apply(new Compute(workers, false), y, 0, 1003, 50, 1003);
                expected = threads == 1 ? y : expected;
                assertArrayEquals(expected, y);
            }
        }
    }

    @Test
    void apply_warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = Fills.normal(2 * 333, 1);
            Allocations.assertNoneWhenWarm(() -> Softmax.apply(compute, x, 0, 333, 2, 333));
        }
    }

    @Test
    void apply_wrongArguments_saysWhatIsWrong() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            assertEquals(
                    "x: 2 rows of 4 elements, 4 apart from 1, end at 9, the array has 8",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Softmax.apply(compute, new float[8], 1, 4, 2, 4))
                            .getMessage());
            assertEquals(
                    "length is 0, expected a positive number",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Softmax.apply(compute, new float[8], 1, 4, 2, 0))
                            .getMessage());
        }
    }

    /// Relative to the value: a few roundings, those of the sum, and that of the exponent, which grows with the
    /// distance to the largest score.
    private static void assertRow(float[] before, float[] x, int at, int length) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = at; i < at + length; i++) {
            max = Math.max(max, before[i]);
        }
        double sum = 0;
        for (int i = at; i < at + length; i++) {
            sum += Math.exp(before[i] - max);
        }
        for (int i = at; i < at + length; i++) {
            double expected = Math.exp(before[i] - max) / sum;
            double tolerance = expected * (3e-6 + 2.4e-7 * Math.min(200, max - before[i])) + 2 * Float.MIN_NORMAL;
            assertEquals(expected, x[i], tolerance);
        }
    }
}
