package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("facade")
class RopeTest {

    @ParameterizedTest
    @CsvSource({
        "1,1,2,2", "2,3,13,12", "3,2,64,64", "3,2,80,32", "2,4,72,72", "1,8,104,104", "2,2,128,128", "2,1,256,64", "9,4,96,0",
        "40,32,128,128"
    })
    void apply_everyShape_rotatesThePairsOfItsOrder(int rows, int heads, int headDim, int rotated) {
        int stride = heads * headDim + 5;
        float[] before = Fills.guarded(rows * stride + 3, 3, rows * stride, headDim);
        RopeTable table = RopeTable.of(rotated, 10_000, 1, null);
        int[] positions = new int[rows];
        for (int r = 0; r < rows; r++) {
            positions[r] = 7 * r + 1;
        }
        table.fill(positions, 0, rows);
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            for (Rope order : Rope.values()) {
                float[] x = before.clone();
                order.apply(compute, x, 3, stride, rows, heads, headDim, rotated, table.cos(), table.sin());
                float[] expected = before.clone();
                for (int r = 0; r < rows; r++) {
                    for (int h = 0; h < heads; h++) {
                        int at = 3 + r * stride + h * headDim;
                        for (int i = 0; i < rotated / 2; i++) {
                            int a = order == Rope.NORM ? at + 2 * i : at + i;
                            int b = order == Rope.NORM ? a + 1 : a + rotated / 2;
                            double angle = positions[r] * Math.pow(10_000, -2.0 * i / rotated);
                            expected[a] = (float) (before[a] * Math.cos(angle) - before[b] * Math.sin(angle));
                            expected[b] = (float) (before[a] * Math.sin(angle) + before[b] * Math.cos(angle));
                        }
                    }
                }
                assertArrayEquals(expected, x, 1e-6f);
                for (int i = 0; i < x.length; i++) {
                    int inRow = (i - 3) % stride;
                    boolean rotates = i >= 3 && inRow < heads * headDim && inRow % headDim < rotated;
                    assertEquals(true, rotates || x[i] == before[i], "an element that does not rotate changed");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Rope.class)
    void apply_warm_allocatesNothing(Rope order) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            RopeTable table = RopeTable.of(72, 10_000, 1, null);
            int[] positions = {5, 6};
            float[] x = Fills.normal(2 * 4 * 80, 1);
            Allocations.assertNoneWhenWarm(() -> {
                table.fill(positions, 0, 2);
                order.apply(compute, x, 0, 320, 2, 4, 80, 72, table.cos(), table.sin());
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Rope.class)
    void apply_anyThreads_sameBits(Rope order) {
        RopeTable table = RopeTable.of(128, 500_000, 1, null);
        int[] positions = new int[100];
        for (int r = 0; r < 100; r++) {
            positions[r] = r;
        }
        table.fill(positions, 0, 100);
        float[] x = Fills.normal(100 * 8 * 128, 1);
        float[] expected = {};
        for (int threads = 1; threads < 5; threads++) {
            try (Workers workers = new Workers(threads)) {
                float[] y = x.clone();
                order.apply(
                        new Compute(workers, false), y, 0, 1024, 100, 8, 128, 128, table.cos(), table.sin());
                expected = threads == 1 ? y : expected;
                assertArrayEquals(expected, y);
            }
        }
    }

    @Test
    void apply_nan_staysInItsPair() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            RopeTable table = RopeTable.of(64, 10_000, 1, null);
            table.fill(new int[] {3}, 0, 1);
            for (Rope order : Rope.values()) {
                float[] x = Fills.normal(64, 1);
                x[8] = Float.NaN;
                order.apply(compute, x, 0, 64, 1, 1, 64, 64, table.cos(), table.sin());
                for (int i = 0; i < 64; i++) {
                    assertEquals(i == 8 || i == (order == Rope.NORM ? 9 : 40), Float.isNaN(x[i]));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7, 'rotated is 7, expected an even number up to headDim 8'",
        "10, 'rotated is 10, expected an even number up to headDim 8'",
        "-2, 'rotated is -2, expected an even number up to headDim 8'",
        "8, 'cos: 2 rows of 4 elements, 4 apart from 0, end at 8, the array has 7'"
    })
    void apply_wrongArguments_saysWhatIsWrong(int rotated, String message) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> Rope.NEOX.apply(
                            compute, new float[32], 0, 16, 2, 2, 8, rotated, new float[7], new float[7]));
            assertEquals(message, e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"1,", "0.25,", "1,3"})
    void fill_scaleAndFactors_divideTheAngles(double scale, @Nullable Float factor) {
        float[] factors = factor == null ? null : new float[] {factor, 2 * factor, 3 * factor};
        RopeTable table = RopeTable.of(6, 10_000, scale, factors);
        table.fill(new int[] {99, 0, 5, 131_071}, 1, 3);
        int[] positions = {0, 5, 131_071};
        assertEquals(6, table.rotated());
        for (int r = 0; r < 3; r++) {
            for (int i = 0; i < 3; i++) {
                double angle = positions[r] * Math.pow(10_000, -i / 3.0) * scale / (factors == null ? 1 : factors[i]);
                assertEquals(Math.cos(angle), table.cos()[3 * r + i], 1e-7);
                assertEquals(Math.sin(angle), table.sin()[3 * r + i], 1e-7);
            }
        }
    }

    @Test
    void table_ownFrequenciesAndMagnitude() {
        RopeTable table = new RopeTable(new double[] {0.5, 0.25}, 2);
        table.fill(new int[] {3}, 0, 1);
        assertArrayEquals(new float[] {(float) (2 * Math.cos(1.5)), (float) (2 * Math.cos(0.75))}, table.cos(), 1e-6f);
        assertArrayEquals(new float[] {(float) (2 * Math.sin(1.5)), (float) (2 * Math.sin(0.75))}, table.sin(), 1e-6f);
    }

    @Test
    void table_wrongArguments_saysWhatIsWrong() {
        assertEquals(
                "rotated is 5, expected an even number",
                assertThrows(IllegalArgumentException.class, () -> RopeTable.of(5, 10_000, 1, null))
                        .getMessage());
        assertEquals(
                "factors: 2 for 3 pairs, expected one for each",
                assertThrows(IllegalArgumentException.class, () -> RopeTable.of(6, 10_000, 1, new float[2]))
                        .getMessage());
        assertEquals(
                "positions: 3 elements from 0, the array has 2",
                assertThrows(IllegalArgumentException.class, () -> RopeTable.of(6, 10_000, 1, null)
                                .fill(new int[2], 0, 3))
                        .getMessage());
    }

    @Test
    void fill_positionsOnAxes_areChecked() {
        RopeTable table = RopeTable.of(8, 10_000, 1, null);
        int[][] positions = {{1, 2, 3}, {4, 5, 6}};
        assertEquals(
                "axes: 3 for 4 pairs, expected one for each",
                assertThrows(IllegalArgumentException.class, () -> table.fill(positions, new int[3], 0, 3))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> table.fill(positions, new int[4], 1, 3));
    }

    /// The second of two pairs, turning with the second axis; the first does not turn.
    @Test
    void fill_positionsOnAxes_eachPairTurnsWithItsOwn() {
        RopeTable table = RopeTable.of(4, 10_000, 1, null);
        table.fill(new int[][] {{9, 9, 9}, {0, 5, 6}}, new int[] {-1, 1}, 1, 2);
        float[] angles = {0, 0.05f, 0, 0.06f};
        for (int i = 0; i < angles.length; i++) {
            assertEquals(Math.cos(angles[i]), table.cos()[i], 1e-7);
            assertEquals(Math.sin(angles[i]), table.sin()[i], 1e-7);
        }
    }
}
