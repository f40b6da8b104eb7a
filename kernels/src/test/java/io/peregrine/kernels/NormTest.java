package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("facade")
class NormTest {

    private static final float EPS = 1e-5f;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 255, 256, 257, 1000, 4096, 14_336})
    void everyDim_isCloseToTheDefinition(int dim) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            int rows = dim > 1000 ? 9 : 3;
            float[] x = Fills.normal(rows * (dim + 3) + 5, dim);
            float[] weight = Fills.normal(dim, 1);
            float[] bias = Fills.normal(dim, 2);
            for (Case c : cases(weight, bias)) {
                float[] y = Fills.guarded(rows * (dim + 2) + 7, 7, 0, 0);
                c.apply(compute, x, 5, dim + 3, rows, dim, y, 7, dim + 2);
                int guards = 0;
                for (int i = 0; i < y.length; i++) {
                    guards += y[i] == Fills.GUARD ? 1 : 0;
                }
                assertEquals(7 + 2 * rows, guards);
                for (int r = 0; r < rows; r++) {
                    assertRow(c, x, 5 + r * (dim + 3), dim, y, 7 + r * (dim + 2), 2e-6);
                }
            }
        }
    }

    @Test
    void inPlace_sameAsToAnotherArray() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] weight = Fills.normal(77, 1);
            for (Case c : cases(weight, Fills.normal(77, 2))) {
                float[] x = Fills.normal(5 * 80, 3);
                float[] y = x.clone();
                c.apply(compute, x, 1, 80, 4, 77, y, 1, 80);
                c.apply(compute, x, 1, 80, 4, 77, x, 1, 80);
                assertArrayEquals(y, x);
            }
        }
    }

    /// The difference of close numbers is exact, so nothing is lost although all elements share a large offset.
    @ParameterizedTest
    @ValueSource(ints = {17, 1024, 4097})
    void layer_largeOffset_keepsItsAccuracy(int dim) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = Fills.normal(dim, dim);
            for (int i = 0; i < dim; i++) {
                x[i] += 10_000;
            }
            Case c = new Case(false, Fills.normal(dim, 1), null);
            float[] y = new float[dim];
            c.apply(compute, x, 0, dim, 1, dim, y, 0, dim);
            assertRow(c, x, 0, dim, y, 0, 2e-6);
        }
    }

    @Test
    void extremes() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            int dim = 70;
            float[] weight = Fills.normal(dim, 1);
            float[] bias = Fills.normal(dim, 2);
            float[] y = new float[dim];
            Norm.rms(compute, weight, EPS, new float[dim], 0, dim, 1, dim, y, 0, dim);
            assertArrayEquals(new float[dim], y, 0);
            Norm.layer(compute, weight, bias, EPS, new float[dim], 0, dim, 1, dim, y, 0, dim);
            assertArrayEquals(bias, y);
            for (float large : new float[] {1e4f, -1e4f, 1e15f, 1e-20f, Float.MIN_VALUE}) {
                float[] x = Fills.normal(dim, 3);
                for (int i = 0; i < dim; i++) {
                    x[i] *= large;
                }
                for (Case c : cases(weight, bias)) {
                    c.apply(compute, x, 0, dim, 1, dim, y, 0, dim);
                    assertRow(c, x, 0, dim, y, 0, 2e-6);
                }
            }
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                for (int at : new int[] {0, 33, dim - 1}) {
                    float[] x = Fills.normal(dim, 3);
                    x[at] = bad;
                    for (Case c : cases(weight, bias)) {
                        c.apply(compute, x, 0, dim, 1, dim, y, 0, dim);
                        assertTrue(Float.isNaN(y[at]));
                        // One infinity makes the others of an RMS row zero, which is what the definition says.
                        assertTrue(c.rms && !Float.isNaN(bad) ? y[1] == 0 : Float.isNaN(y[1]));
                    }
                }
            }
        }
    }

    @Test
    void anyThreads_sameBits() {
        int dim = 768;
        int rows = 200;
        float[] x = Fills.normal(rows * dim, 1);
        for (Case c : cases(Fills.normal(dim, 2), Fills.normal(dim, 3))) {
            float[] expected = new float[rows * dim];
            for (int threads = 1; threads < 5; threads++) {
                try (Workers workers = new Workers(threads)) {
                    Compute compute = new Compute(workers, false);
                    for (int repeat = 0; repeat < 5; repeat++) {
                        float[] y = new float[rows * dim];
                        c.apply(compute, x, 0, dim, rows, dim, y, 0, dim);
                        if (threads == 1 && repeat == 0) {
                            expected = y;
                        }
                        assertArrayEquals(expected, y);
                    }
                }
            }
        }
    }

    @Test
    void warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            int dim = 515;
            float[] x = Fills.normal(2 * dim, 1);
            float[] y = new float[2 * dim];
            for (Case c : cases(Fills.normal(dim, 2), Fills.normal(dim, 3))) {
                Allocations.assertNoneWhenWarm(() -> c.apply(compute, x, 0, dim, 2, dim, y, 0, dim));
            }
        }
    }

    @Test
    void wrongArguments_sayWhatIsWrong() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] a = new float[20];
            assertMessage(
                    "x: 3 rows of 8 elements, 8 apart from 0, end at 24, the array has 20",
                    () -> Norm.rms(compute, null, EPS, a, 0, 8, 3, 8, new float[99], 0, 8));
            assertMessage(
                    "y: rows of 8 elements are 7 apart, expected at least 8",
                    () -> Norm.rms(compute, null, EPS, a, 0, 8, 2, 8, a, 0, 7));
            assertMessage(
                    "y: 2 rows of 8 elements from -1, expected none negative",
                    () -> Norm.rms(compute, null, EPS, a, 0, 8, 2, 8, a, -1, 8));
            assertMessage(
                    "weight: 8 elements from 0, the array has 7",
                    () -> Norm.layer(compute, new float[7], null, EPS, a, 0, 8, 2, 8, a, 0, 8));
            assertMessage(
                    "bias: 8 elements from 0, the array has 7",
                    () -> Norm.layer(compute, a, new float[7], EPS, a, 0, 8, 2, 8, a, 0, 8));
            assertMessage(
                    "dim is 0, expected a positive number",
                    () -> Norm.rms(compute, null, EPS, a, 0, 8, 2, 0, a, 0, 8));
            assertMessage(
                    "x: 2147483647 rows of 8 elements, 2147483647 apart from 0, end at 4611686011984936970,"
                            + " the array has 20",
                    () -> Norm.rms(
                            compute, null, EPS, a, 0, Integer.MAX_VALUE, Integer.MAX_VALUE, 8, a, 0, Integer.MAX_VALUE));
        }
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    private static Case[] cases(float[] weight, float[] bias) {
        return new Case[] {
            new Case(true, weight, null),
            new Case(true, null, null),
            new Case(false, weight, bias),
            new Case(false, weight, null)
        };
    }

    private static void assertRow(Case c, float[] x, int in, int dim, float[] y, int out, double tolerance) {
        double mean = 0;
        for (int i = 0; i < dim; i++) {
            mean += c.rms ? 0 : x[in + i];
        }
        mean /= dim;
        double squares = 0;
        for (int i = 0; i < dim; i++) {
            squares += (x[in + i] - mean) * (x[in + i] - mean);
        }
        double scale = 1 / Math.sqrt(squares / dim + EPS);
        for (int i = 0; i < dim; i++) {
            double weighted = (x[in + i] - mean) * scale * (c.weight == null ? 1 : c.weight[i]);
            double expected = weighted + (c.bias == null ? 0 : c.bias[i]);
            int at = i;
            assertEquals(
                    expected, y[out + i], tolerance * Math.max(Math.abs(weighted), 1), () -> c + " dim " + dim + " at " + at);
        }
    }

    private record Case(
            boolean rms, float @Nullable [] weight, float @Nullable [] bias) {

        void apply(
                Compute compute, float[] x, int in, int xStride, int rows, int dim, float[] y, int out, int yStride) {
            if (rms) {
                Norm.rms(compute, weight, EPS, x, in, xStride, rows, dim, y, out, yStride);
            } else {
                Norm.layer(compute, Objects.requireNonNull(weight), bias, EPS, x, in, xStride, rows, dim, y, out, yStride);
            }
        }
    }
}
