package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.BlockFormat;
import io.peregrine.kernels.format.Formats;
import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.RoundedDot;
import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.VectorProductLoops;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("facade")
class MatMulTest {

    private static final int[] TOKENS = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65};
    private static final int[] ROWS = {1, 5, 6, 7, 11, 47, 48, 49, 97};
    private static final int[] PLAIN_COLUMNS = {1, 2, 3, 5, 7, 8, 17, 63, 255, 256, 257, 300};
    private static final int[] BLOCKS = {1, 2, 3, 5};

    static Stream<TensorType> types() {
        return Formats.all().stream().map(BlockFormat::type);
    }

    @ParameterizedTest
    @MethodSource("types")
    void apply_everyShape_isCloseToTheExactProduct(TensorType type) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, true);
            int i = 0;
            for (int tokens : TOKENS) {
                for (int columns : columns(type)) {
                    int rows = ROWS[i++ % ROWS.length];
                    Case c = new Case(Weights.random(type, rows, columns, i), tokens, i);
                    c.assertClose(c.run(compute));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void apply_stepsOfSeveralSequences_isCloseToTheExactProduct(TensorType type) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            compute.multiply(ProductOrder.REPRODUCIBLE_STEPS);
            int i = 0;
            for (int tokens : TOKENS) {
                for (int columns : columns(type)) {
                    int rows = ROWS[i++ % ROWS.length];
                    Case c = new Case(Weights.random(type, rows, columns, i), tokens, i);
                    c.assertClose(c.run(compute));
                }
            }
        }
    }

    /// What a sequence gets does not depend on which others go on with it, nor a row of a prompt on where it was cut.
    @ParameterizedTest
    @MethodSource("types")
    void apply_stepsAndPrompts_eachTokenIsComputedAsAlone(TensorType type) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            for (ProductOrder order : List.of(ProductOrder.REPRODUCIBLE_STEPS, ProductOrder.PROMPTS)) {
                compute.multiply(order);
                for (int tokens : new int[] {2, 5, 37}) {
                    Case all = new Case(Weights.random(type, 21, 768, tokens), tokens, 7);
                    float[] y = all.run(compute);
                    float[] one = new float[all.rows];
                    for (int t = 0; t < tokens; t++) {
                        int from = Case.X_OFFSET + t * all.xStride;
                        MatMul.apply(compute, all.w, all.bias, all.x, from, all.xStride, 1, one, 0, all.rows);
                        int at = Case.Y_OFFSET + t * all.yStride;
                        assertArrayEquals(Arrays.copyOfRange(y, at, at + all.rows), one, order + ", token " + t);
                    }
                }
            }
        }
    }

    /// Rows of weights that are longer than the stretch that is decoded at a time.
    @ParameterizedTest
    @MethodSource("types")
    void apply_longRows_isCloseToTheExactProduct(TensorType type) {
        int columns = 2 * ProductLoops.TILE_STRETCH + (type.isBlocked() ? 3 * type.blockElements() : 301);
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, true);
            for (ProductOrder order : ProductOrder.values()) {
                compute.multiply(order);
                Case c = new Case(Weights.random(type, 13, columns, 1), 5, 2);
                c.assertClose(c.run(compute));
            }
        }
    }

    /// One or two sequences are multiplied as in a session, more as reproducible ones are.
    @Test
    void apply_steps_areRoundedWhileFew() {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            for (int tokens : new int[] {1, 2, 3, 9}) {
                Case c = new Case(Weights.random(TensorType.Q8_0, 40, 512, 1), tokens, 7);
                compute.multiply(tokens <= 2 ? ProductOrder.ONE_SEQUENCE : ProductOrder.REPRODUCIBLE_STEPS);
                float[] expected = c.run(compute);
                compute.multiply(ProductOrder.STEPS);
                assertArrayEquals(expected, c.run(compute));
            }
        }
    }

    /// Activations that are rounded to themselves: the loops over integers have to give the exact product.
    @ParameterizedTest
    @MethodSource("roundingTypes")
    void apply_activationsThatNeedNoRounding_isCloseToTheExactProduct(TensorType type) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            int i = 0;
            for (int tokens = 1; tokens <= RowProducts.MOST_TOKENS; tokens++) {
                for (int columns : columns(type)) {
                    int rows = ROWS[i++ % ROWS.length];
                    Case c = new Case(Weights.random(type, rows, columns, i), tokens, i);
                    c.fillWithIntegers(rounding(type).range(), i);
                    c.assertClose(c.run(compute));
                }
            }
        }
    }

    /// Each activation is off by half a step at most, and the steps of 32 activations are equal.
    @ParameterizedTest
    @MethodSource("roundingTypes")
    void apply_roundedActivations_errsByTheRoundingOnly(TensorType type, TestReporter reporter) {
        int rows = 400;
        int columns = 2048;
        try (Workers workers = new Workers(2)) {
            Case c = new Case(Weights.random(type, rows, columns, 1), 1, 2);
            float[] exact = c.run(new Compute(workers, true));
            float[] rounded = c.run(new Compute(workers, false));
            float[] weights = Weights.decoded(c.w);
            int range = rounding(type).range();
            double squares = 0;
            double expectedSquares = 0;
            double size = 0;
            for (int r = 0; r < rows; r++) {
                double most = 0;
                for (int i = 0; i < columns; i++) {
                    double step = c.largestOfBlock(i) / range;
                    double w = weights[r * columns + i];
                    most += Math.abs(w) * step / 2;
                    expectedSquares += w * w * step * step / 12;
                }
                double value = exact[Case.Y_OFFSET + r];
                double error = rounded[Case.Y_OFFSET + r] - value;
                assertEquals(0, error, most * 1.01, type + ", row " + r);
                squares += error * error;
                size += value * value;
            }
            reporter.publishEntry(type + ": error of the product, relative", Double.toString(Math.sqrt(squares / size)));
            assertTrue(squares < 2 * expectedSquares, type + ": " + squares + " against " + expectedSquares);
        }
    }

    @ParameterizedTest
    @MethodSource("roundingTypes")
    void apply_roundedActivations_zeroTinyAndNotANumberReachTheirResultsOnly(TensorType type) {
        int columns = 512;
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            Case c = new Case(Weights.random(type, 20, columns, 1), 3, 2);
            Arrays.fill(c.x, Case.X_OFFSET, Case.X_OFFSET + columns, 0);
            c.x[Case.X_OFFSET + 40] = 1e-44f;
            c.x[Case.X_OFFSET + 2 * c.xStride + 77] = Float.NaN;
            float[] y = c.run(compute);
            for (int r = 0; r < 20; r++) {
                assertEquals(0, y[Case.Y_OFFSET + r], 1e-35f);
                assertTrue(Float.isFinite(y[Case.Y_OFFSET + c.yStride + r]));
                assertTrue(Float.isNaN(y[Case.Y_OFFSET + 2 * c.yStride + r]));
            }
        }
    }

    static List<TensorType> roundingTypes() {
        assumeTrue(Simd.VECTOR, "plain loops do not round");
        return types().filter(type -> new VectorProductLoops().roundedDot(type) != null).toList();
    }

    private static RoundedDot rounding(TensorType type) {
        return Objects.requireNonNull(new VectorProductLoops().roundedDot(type));
    }

    @ParameterizedTest
    @MethodSource("types")
    void apply_anyNumberOfThreads_givesTheSameBits(TensorType type) {
        for (int tokens : new int[] {1, 3, 4, 70}) {
            Case c = new Case(Weights.random(type, 307, 512, 3), tokens, 7);
            float @Nullable [] first = null;
            float @Nullable [] firstStep = null;
            for (int threads : new int[] {1, 2, 3, 5}) {
                try (Workers workers = new Workers(threads)) {
                    Compute compute = new Compute(workers, false);
                    for (int repeat = 0; repeat < 3; repeat++) {
                        float[] y = c.run(compute);
                        first = first == null ? y : first;
                        assertArrayEquals(first, y, type + ", " + tokens + " tokens, " + threads + " threads");
                        compute.multiply(ProductOrder.REPRODUCIBLE_STEPS);
                        float[] step = c.run(compute);
                        firstStep = firstStep == null ? step : firstStep;
                        assertArrayEquals(firstStep, step, type + ", steps of " + tokens + ", " + threads + " threads");
                        compute.multiply(ProductOrder.ONE_SEQUENCE);
                    }
                }
            }
        }
    }

    @Test
    void apply_beforeAndAfterCompilation_givesTheSameBits() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            for (TensorType type : List.of(TensorType.F32, TensorType.Q8_0, TensorType.Q4_K)) {
                for (int tokens : new int[] {1, 2, 5}) {
                    Case c = new Case(Weights.random(type, 13, 512, 5), tokens, 11);
                    float[] cold = c.run(compute);
                    for (int i = 0; i < 1500; i++) {
                        assertArrayEquals(cold, c.run(compute));
                    }
                }
            }
        }
    }

    /// Rows of a token do not depend on the tokens that are multiplied with it.
    @Test
    void apply_manyTokens_eachIsComputedAsInASmallerCall() {
        try (Workers workers = new Workers(3)) {
            Compute compute = new Compute(workers, false);
            Case all = new Case(Weights.random(TensorType.Q5_K, 100, 768, 1), 1300, 2);
            float[] y = all.run(compute);
            for (int from : new int[] {0, 517, 1293}) {
                float[] part = new float[7 * all.rows];
                MatMul.apply(
                        compute,
                        all.w,
                        all.bias,
                        all.x,
                        Case.X_OFFSET + from * all.xStride,
                        all.xStride,
                        7,
                        part,
                        0,
                        all.rows);
                for (int t = 0; t < 7; t++) {
                    int at = Case.Y_OFFSET + (from + t) * all.yStride;
                    assertArrayEquals(
                            Arrays.copyOfRange(y, at, at + all.rows),
                            Arrays.copyOfRange(part, t * all.rows, (t + 1) * all.rows));
                }
            }
        }
    }

    @Test
    void applyAll_mixedFormats_givesTheBitsOfSingleCalls() {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            Matrix[] ws = {
                Weights.random(TensorType.Q4_K, 100, 512, 1),
                Weights.random(TensorType.F16, 33, 512, 2),
                Weights.random(TensorType.Q6_K, 7, 512, 3),
                Weights.random(TensorType.F32, 1, 512, 4),
                Weights.random(TensorType.Q8_0, 55, 512, 5),
            };
            float[][] biases = {null, Fills.normal(33, 1), null, Fills.normal(1, 2), Fills.normal(55, 3)};
            for (int tokens : new int[] {0, 1, 2, 3, 4, 19}) {
                float[] x = Fills.normal(tokens * 512, 9);
                int width = 100 + 33 + 7 + 1 + 55;
                float[] together = new float[Math.max(1, tokens) * width];
                float[][] ys = {together, together, together, new float[Math.max(1, tokens) * 2], together};
                int[] offsets = {0, 100, 133, 1, 141};
                int[] strides = {width, width, width, 2, width};
                MatMul.applyAll(compute, ws, biases, x, 0, 512, tokens, ys, offsets, strides);
                for (int i = 0; i < ws.length; i++) {
                    float[] single = new float[tokens * ws[i].rows()];
                    MatMul.apply(compute, ws[i], biases[i], x, 0, 512, tokens, single, 0, ws[i].rows());
                    for (int t = 0; t < tokens; t++) {
                        for (int r = 0; r < ws[i].rows(); r++) {
                            assertEquals(single[t * ws[i].rows() + r], ys[i][offsets[i] + t * strides[i] + r]);
                        }
                    }
                }
            }
        }
    }

    @Test
    void apply_notANumberAndInfinity_reachTheirResultsOnly() {
        int rows = 50;
        int columns = 260;
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            for (int tokens : new int[] {1, 3, 4, 21}) {
                float[] w = Fills.normal(rows * columns, 1);
                w[7 * columns + 258] = Float.NaN;
                w[49 * columns] = Float.POSITIVE_INFINITY;
                float[] x = Fills.normal(tokens * columns, 2);
                x[0] = -1;
                x[(tokens - 1) * columns + 17] = Float.NaN;
                float[] y = new float[tokens * rows];
                MatMul.apply(compute, Weights.of(w, rows, columns), null, x, 0, columns, tokens, y, 0, rows);
                for (int t = 0; t < tokens; t++) {
                    for (int r = 0; r < rows; r++) {
                        float value = y[t * rows + r];
                        if (t == tokens - 1 || r == 7) {
                            assertTrue(Float.isNaN(value), t + " " + r);
                        } else {
                            assertEquals(r == 49, Float.isInfinite(value), t + " " + r);
                        }
                    }
                }
            }
        }
    }

    @Test
    void apply_wrongArguments_areNamed() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            Matrix w = Weights.random(TensorType.F32, 3, 4, 1);
            float[] x = new float[8];
            float[] y = new float[6];
            assertMessage("x: 2 rows of 4 elements, 4 apart from 1, end at 9, the array has 8", () ->
                    MatMul.apply(compute, w, null, x, 1, 4, 2, y, 0, 3));
            assertMessage("y: rows of 3 elements are 2 apart, expected at least 3", () ->
                    MatMul.apply(compute, w, null, x, 0, 4, 2, y, 0, 2));
            assertMessage("bias has 4 elements, the matrix has 3 rows: test F32 [3, 4]", () ->
                    MatMul.apply(compute, w, new float[4], x, 0, 4, 2, y, 0, 3));
            assertMessage("y and x are the same array", () -> MatMul.apply(compute, w, null, x, 0, 4, 1, x, 4, 3));
            Matrix other = Weights.random(TensorType.F32, 3, 5, 1);
            assertMessage("matrices of one call have 4 and 5 columns: test F32 [3, 5]", () -> MatMul.applyAll(
                    compute,
                    new Matrix[] {w, other},
                    new float[2][],
                    x,
                    0,
                    4,
                    1,
                    new float[][] {y, new float[6]},
                    new int[2],
                    new int[] {3, 3}));
            assertMessage("1 matrices, but 2 biases, 0 results, 1 offsets, 1 strides", () -> MatMul.applyAll(
                    compute, new Matrix[] {w}, new float[2][], x, 0, 4, 1, new float[0][], new int[1], new int[1]));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void apply_warm_allocatesNothing(TensorType type) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            for (int tokens : new int[] {1, 2, 8}) {
                Case c = new Case(Weights.random(type, 7, 512, 1), tokens, 2);
                Allocations.assertNoneWhenWarm(() -> c.run(compute, c.y));
            }
            compute.multiply(ProductOrder.REPRODUCIBLE_STEPS);
            Case steps = new Case(Weights.random(type, 7, 512, 1), 5, 2);
            Allocations.assertNoneWhenWarm(() -> steps.run(compute, steps.y));
        }
    }

    @Test
    void apply_warmWithHelpers_allocatesNothing() {
        try (Workers workers = new Workers(3)) {
            Compute compute = new Compute(workers, false);
            Case one = new Case(Weights.random(TensorType.Q8_0, 512, 512, 1), 1, 2);
            Case many = new Case(Weights.random(TensorType.Q8_0, 512, 512, 1), 40, 2);
            Allocations.assertNoneWhenWarm(() -> one.run(compute, one.y));
            Allocations.assertNoneWhenWarm(() -> many.run(compute, many.y));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void row_isTheDecodedRow(TensorType type) {
        int columns = 3 * Math.max(7, type.blockElements());
        Matrix w = Weights.random(type, 5, columns, 1);
        float[] expected = Weights.decoded(w);
        for (int row = 0; row < 5; row++) {
            float[] out = Fills.guarded(columns + 2, 1, columns, 1);
            w.row(row, out, 1);
            assertEquals(Fills.GUARD, out[0]);
            assertEquals(Fills.GUARD, out[columns + 1]);
            assertArrayEquals(
                    Arrays.copyOfRange(expected, row * columns, (row + 1) * columns),
                    Arrays.copyOfRange(out, 1, columns + 1));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> w.row(5, new float[columns], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> w.row(-1, new float[columns], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> w.row(0, new float[columns], 1));
    }

    private static int[] columns(TensorType type) {
        return type.isBlocked()
                ? Arrays.stream(BLOCKS).map(b -> b * type.blockElements()).toArray()
                : PLAIN_COLUMNS;
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    /// A product with guards between and around the rows of its arrays.
    private static final class Case {

        static final int X_OFFSET = 3;
        static final int Y_OFFSET = 5;

        final Matrix w;
        final int rows;
        final int columns;
        final int tokens;
        final int xStride;
        final int yStride;
        final float @Nullable [] bias;
        final float[] x;
        final float[] y;

        Case(Matrix w, int tokens, int seed) {
            this.w = w;
            this.rows = w.rows();
            this.columns = w.columns();
            this.tokens = tokens;
            this.xStride = columns + seed % 3;
            this.yStride = rows + seed % 4;
            this.bias = seed % 2 == 0 ? null : Fills.normal(rows, seed);
            this.x = new float[X_OFFSET + tokens * xStride];
            // Elements outside of the rows: a loop that reads them gives a wrong result.
            Arrays.fill(x, Float.NaN);
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(Fills.normal(columns, seed * 1000L + t), 0, x, X_OFFSET + t * xStride, columns);
            }
            this.y = new float[Y_OFFSET + tokens * yStride + 7];
        }

        /// Integers up to `range`, which is among every 32 of them.
        void fillWithIntegers(int range, int seed) {
            Random random = new Random(seed);
            for (int t = 0; t < tokens; t++) {
                for (int i = 0; i < columns; i++) {
                    int value = i % RoundedRow.BLOCK == t ? range : random.nextInt(-range, range + 1);
                    x[X_OFFSET + t * xStride + i] = value;
                }
            }
        }

        /// The largest magnitude among the activations of the first token that share a step with element `i`.
        double largestOfBlock(int i) {
            int from = X_OFFSET + i / RoundedRow.BLOCK * RoundedRow.BLOCK;
            double largest = 0;
            for (int j = from; j < from + RoundedRow.BLOCK; j++) {
                largest = Math.max(largest, Math.abs(x[j]));
            }
            return largest;
        }

        float[] run(Compute compute) {
            float[] out = new float[y.length];
            Arrays.fill(out, Fills.GUARD);
            run(compute, out);
            return out;
        }

        void run(Compute compute, float[] out) {
            MatMul.apply(compute, w, bias, x, X_OFFSET, xStride, tokens, out, Y_OFFSET, yStride);
        }

        /// Rounding errors of a sum of `k` products grow with the root of `k` and the size of the products.
        void assertClose(float[] actual) {
            float[] weights = Weights.decoded(w);
            int next = 0;
            for (int t = 0; t < tokens; t++) {
                for (; next < Y_OFFSET + t * yStride; next++) {
                    assertEquals(Fills.GUARD, actual[next], "element " + next + " lies between rows");
                }
                for (int r = 0; r < rows; r++, next++) {
                    double sum = bias == null ? 0 : bias[r];
                    double size = Math.abs(sum);
                    for (int i = 0; i < columns; i++) {
                        double product = (double) weights[r * columns + i] * x[X_OFFSET + t * xStride + i];
                        sum += product;
                        size += Math.abs(product);
                    }
                    assertEquals(sum, actual[next], 0x1p-24 * (4 + Math.sqrt(columns)) * size, () -> w.tensor()
                            + " with " + tokens + " tokens");
                }
            }
            for (; next < actual.length; next++) {
                assertEquals(Fills.GUARD, actual[next], "element " + next + " lies behind the rows");
            }
        }
    }
}
