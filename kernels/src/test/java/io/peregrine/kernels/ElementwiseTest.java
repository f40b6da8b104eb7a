package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("facade")
class ElementwiseTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 257, 1023, 1025, 100_003})
    void add_everySize_isTheSum(int size) {
        for (int threads = 1; threads < 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                Compute compute = new Compute(workers, false);
                float[] x = Fills.guarded(size + 8, 3, size, size);
                float[] before = x.clone();
                float[] y = Fills.normal(size + 5, 7);
                Elementwise.add(compute, x, 3, y, 5, size);
                for (int i = 0; i < x.length; i++) {
                    assertEquals(i < 3 || i >= 3 + size ? Fills.GUARD : before[i] + y[i + 2], x[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 257, 1025, 40_001})
    void scaleRows_everyWidth_scalesEachRowByItsFactor(int width) {
        int rows = 5;
        int stride = width + 2;
        for (int threads = 1; threads < 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                Compute compute = new Compute(workers, false);
                float[] x = Fills.normal(3 + rows * stride, 3);
                float[] before = x.clone();
                float[] factors = Fills.normal(rows, 11);
                Elementwise.scaleRows(compute, x, 3, stride, rows, width, factors);
                for (int i = 0; i < x.length; i++) {
                    int row = Math.floorDiv(i - 3, stride);
                    boolean inside = row >= 0 && i - 3 - row * stride < width;
                    assertEquals(inside ? before[i] * factors[row] : before[i], x[i], "element " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 257, 1023, 1025, 100_003})
    void scale_everySize_scalesAllElements(int size) {
        for (int threads = 1; threads < 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                Compute compute = new Compute(workers, false);
                float[] x = Fills.guarded(size + 8, 3, size, size);
                float[] before = x.clone();
                Elementwise.scale(compute, x, 3, size, 1.7f);
                for (int i = 0; i < x.length; i++) {
                    assertEquals(i < 3 || i >= 3 + size ? Fills.GUARD : before[i] * 1.7f, x[i]);
                }
            }
        }
    }

    @Test
    void scaleRows_warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = new float[64];
            float[] factors = {1, 2, 3};
            Allocations.assertNoneWhenWarm(() -> Elementwise.scaleRows(compute, x, 1, 21, 3, 19, factors));
        }
    }

    @Test
    void scaleRows_tooFewFactors_saysWhatThereIs() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            assertEquals(
                    "factors: 3 elements from 0, the array has 2",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.scaleRows(compute, new float[9], 0, 3, 3, 3, new float[2]))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 64, 33_000})
    void copyRows_everyWidth_copiesRowsAndNothingElse(int width) {
        int rows = 7;
        for (int threads = 1; threads < 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                Compute compute = new Compute(workers, false);
                int from = 3 * width;
                int to = width + 1;
                float[] x = Fills.normal(2 + rows * from, 3);
                float[] y = Fills.normal(4 + rows * to, 5);
                float[] before = y.clone();
                Elementwise.copyRows(compute, x, 2, from, rows, width, y, 4, to);
                for (int i = 0; i < y.length; i++) {
                    int row = Math.floorDiv(i - 4, to);
                    int column = i - 4 - row * to;
                    boolean inside = row >= 0 && column < width;
                    assertEquals(inside ? x[2 + row * from + column] : before[i], y[i], "element " + i);
                }
            }
        }
    }

    @Test
    void copyRows_warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = new float[64];
            float[] y = new float[64];
            Allocations.assertNoneWhenWarm(() -> Elementwise.copyRows(compute, x, 1, 21, 3, 19, y, 0, 19));
        }
    }

    @Test
    void copyRows_wrongRange_saysWhatThereIs() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = new float[9];
            assertEquals(
                    "x: 3 rows of 3 elements, 3 apart from 1, end at 10, the array has 9",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.copyRows(compute, x, 1, 3, 3, 3, new float[9], 0, 3))
                            .getMessage());
            assertEquals(
                    "y: 3 rows of 3 elements, 3 apart from 0, end at 9, the array has 8",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.copyRows(compute, x, 0, 3, 3, 3, new float[8], 0, 3))
                            .getMessage());
        }
    }

    @Test
    void add_warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = new float[1030];
            float[] y = new float[1030];
            Allocations.assertNoneWhenWarm(() -> Elementwise.add(compute, x, 1, y, 2, 1027));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 257, 1025})
    void addScaled_everyDim_addsScaledRows(int dim) {
        int rows = 70;
        for (int threads = 1; threads < 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                float[] x = Fills.guarded(rows * dim + 8, 3, rows * dim, dim);
                float[] before = x.clone();
                float[] y = Fills.normal(rows * dim + 5, 7);
                float[] scale = Fills.normal(dim, 8);
                Elementwise.addScaled(new Compute(workers, false), x, 3, y, 5, scale, rows, dim);
                for (int i = 0; i < x.length; i++) {
                    boolean inside = i >= 3 && i < 3 + rows * dim;
                    float expected = inside ? before[i] + y[i + 2] * scale[(i - 3) % dim] : Fills.GUARD;
                    assertEquals(expected, x[i]);
                }
            }
        }
    }

    @Test
    void addScaled_warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] x = new float[3 * 67];
            float[] y = new float[3 * 67];
            float[] scale = new float[67];
            Allocations.assertNoneWhenWarm(() -> Elementwise.addScaled(compute, x, 0, y, 0, scale, 3, 67));
        }
    }

    @Test
    void addScaled_wrongArguments_sayWhatIsWrong() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            float[] a = new float[12];
            assertEquals(
                    "scale: 4 elements from 0, the array has 3",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.addScaled(compute, a, 0, a, 0, new float[3], 3, 4))
                            .getMessage());
            assertEquals(
                    "x: 4 rows of 4 elements, 4 apart from 0, end at 16, the array has 12",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.addScaled(compute, a, 0, a, 0, a, 4, 4))
                            .getMessage());
        }
    }

    @Test
    void add_wrongRange_saysWhatThereIs() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            assertEquals(
                    "x: 5 elements from 4, the array has 8",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.add(compute, new float[8], 4, new float[9], 0, 5))
                            .getMessage());
            assertEquals(
                    "y: 5 elements from 2147483647, the array has 8",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Elementwise.add(
                                            compute,
                                            new float[8],
                                            0,
                                            new float[8],
                                            Integer.MAX_VALUE,
                                            5))
                            .getMessage());
        }
    }
}
