package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("facade")
class ActivationTest {

    private static final int[] SIZES = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 255, 257, 1000, 1025, 4096, 70_001};

    @ParameterizedTest
    @EnumSource(Activation.class)
    void apply_everySize_isCloseToTheDefinition(Activation function) {
        try (Workers workers = new Workers(3)) {
            Compute compute = new Compute(workers, false);
            for (int size : SIZES) {
                float[] x = Fills.guarded(size + 9, 4, size, size);
                float[] before = x.clone();
                function.apply(compute, x, 4, size);
                for (int i = 0; i < x.length; i++) {
                    double expected = i < 4 || i >= 4 + size ? Fills.GUARD : definition(function, before[i]);
                    assertClose(function, before[i], expected, x[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void apply_wholeRange_isCloseToTheDefinition(Activation function) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] before = new float[40_001];
            for (int i = 0; i < before.length; i++) {
                before[i] = (i - 20_000) * 0.005f;
            }
            float[] x = before.clone();
            function.apply(compute, x, 0, x.length);
            for (int i = 0; i < x.length; i++) {
                assertClose(function, before[i], definition(function, before[i]), x[i]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void applyGated_multipliesByTheSecondArray(Activation function) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            for (int size : SIZES) {
                float[] x = Fills.guarded(size + 9, 4, size, size);
                float[] up = Fills.normal(size + 9, 99);
                float[] plain = x.clone();
                function.apply(compute, plain, 4, size);
                float[] gated = x.clone();
                function.applyGated(compute, gated, up, 4, size);
                for (int i = 0; i < x.length; i++) {
                    float expected = i < 4 || i >= 4 + size ? Fills.GUARD : plain[i] * up[i];
                    assertEquals(expected, gated[i], Math.abs(expected) * 1.2e-7f);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void apply_extremes(Activation function) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = new float[33];
            x[3] = Float.POSITIVE_INFINITY;
            x[4] = Float.NEGATIVE_INFINITY;
            x[5] = Float.NaN;
            x[6] = 1e4f;
            x[7] = -1e4f;
            x[8] = Float.MIN_VALUE;
            x[32] = Float.intBitsToFloat(0x7fc12345);
            float[] before = x.clone();
            function.apply(compute, x, 0, x.length);
            assertEquals(Float.POSITIVE_INFINITY, x[3]);
            if (function == Activation.RELU || function == Activation.RELU_SQUARED) {
                assertEquals(0, x[4]);
            } else {
                assertTrue(Float.isNaN(x[4]), "0 times infinity");
            }
            assertTrue(Float.isNaN(x[5]));
            assertEquals(function == Activation.RELU_SQUARED ? 1e8f : 1e4f, x[6]);
            assertEquals(0, Math.abs(x[7]));
            assertEquals(0, x[8], Float.MIN_NORMAL);
            assertTrue(Float.isNaN(x[32]));
            assertEquals(0, before[0] - x[0]);
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void apply_anyThreadsAndWarmth_sameBits(Activation function) {
        float[] x = Fills.normal(100_003, 5);
        float[] expected = x.clone();
        try (Workers workers = new Workers(1)) {
            function.apply(new Compute(workers, false), expected, 0, x.length);
        }
        for (int threads = 2; threads < 5; threads++) {
            try (Workers workers = new Workers(threads)) {
                Compute compute = new Compute(workers, false);
                for (int repeat = 0; repeat < 10; repeat++) {
                    float[] got = x.clone();
                    function.apply(compute, got, 0, x.length);
                    assertArrayEquals(expected, got);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void apply_warm_allocatesNothing(Activation function) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = Fills.normal(1027, 1);
            float[] up = Fills.normal(1027, 2);
            Allocations.assertNoneWhenWarm(() -> {
                function.apply(compute, x, 0, x.length);
                function.applyGated(compute, x, up, 0, x.length);
            });
        }
    }

    @Test
    void apply_wrongRange_saysWhatThereIs() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> Activation.SILU.apply(compute, new float[8], 3, 6));
            assertEquals("x: 6 elements from 3, the array has 8", e.getMessage());
            e = assertThrows(
                    IllegalArgumentException.class,
                    () -> Activation.SILU.applyGated(compute, new float[8], new float[7], 3, 5));
            assertEquals("up: 5 elements from 3, the array has 7", e.getMessage());
        }
    }

    /// Relative to the value: a few roundings, and the rounding of the exponent, which grows with the argument.
    private static void assertClose(Activation function, float x, double expected, float got) {
        double exponent =
                switch (function) {
                    case SILU, GELU_QUICK -> 2 * Math.abs(x);
                    case GELU_ERF -> x * x;
                    case GELU_TANH -> 2 * Math.abs(x) + 0.2 * Math.abs(x * x * x);
                    case RELU, RELU_SQUARED -> 0;
                };
        double tolerance = Math.abs(expected) * (6e-7 + 1.2e-7 * exponent) + 2 * Float.MIN_NORMAL * Math.abs(x);
        assertEquals(expected, got, tolerance, () -> function + " of " + x);
    }

    private static double definition(Activation function, double x) {
        return switch (function) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU_ERF -> x * gaussian(x);
            case GELU_TANH -> {
                double y = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
                yield x / 2 * (y < 0 ? Math.exp(y) / Math.cosh(y) : 1 + Math.tanh(y));
            }
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
        };
    }

    /// The distribution function of the normal distribution, by Marsaglia's series (doi 10.18637/jss.v011.i04) near 0
    /// and Laplace's continued fraction far from it.
    private static double gaussian(double x) {
        if (Math.abs(x) > 5) {
            double fraction = Math.abs(x);
            for (int n = 200; n > 0; n--) {
                fraction = Math.abs(x) + n / fraction;
            }
            double tail = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) / fraction;
            return x < 0 ? tail : 1 - tail;
        }
        double term = x;
        double sum = x;
        for (int n = 3; n < 200; n += 2) {
            term *= x * x / n;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
}
