package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.peregrine.kernels.Rope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViewPlanTest {

    private static final GridRotary ROTARY = GridRotary.halves(Rope.NEOX, 8, 100);

    /// A row sees exactly the patches whose line and column are in its window, in any order.
    @ParameterizedTest
    @CsvSource({"8, 8, 4", "6, 10, 4", "1, 9, 4", "9, 1, 4", "3, 3, 4", "5, 7, 1", "7, 5, 3", "16, 4, 8"})
    void windows_holdTheirPatches(int lines, int columns, int side) {
        ViewPlan plan = ViewPlan.inWindows(lines, columns, side, ROTARY);
        int[] order = plan.order();
        RowMask windows = plan.windows();
        assertNotNull(order);
        assertNotNull(windows);
        int patches = lines * columns;
        assertArrayEquals(IntStream.range(0, patches).toArray(), Arrays.stream(order).sorted().toArray());
        for (int row = 0; row < patches; row++) {
            int line = order[row] / columns / side;
            int column = order[row] % columns / side;
            int[] expected = IntStream.range(0, patches)
                    .filter(patch -> patch / columns / side == line && patch % columns / side == column)
                    .toArray();
            int[] seen = IntStream.range(windows.from()[row], windows.to()[row])
                    .map(other -> order[other])
                    .sorted()
                    .toArray();
            assertArrayEquals(expected, seen, "row " + row);
        }
    }

    /// The first two pairs of a head turn with the line, the others with the column, at the same speeds.
    @ParameterizedTest
    @CsvSource({"6, 10, 4", "5, 3, 2"})
    void angles_areThoseOfThePatches(int lines, int columns, int side) {
        ViewPlan plan = ViewPlan.inWindows(lines, columns, side, ROTARY);
        int[] order = plan.order();
        Positions.Angles angles = plan.angles();
        assertNotNull(order);
        assertNotNull(angles);
        assertEquals(8, angles.rotated());
        for (int row = 0; row < order.length; row++) {
            int line = order[row] / columns;
            int column = order[row] % columns;
            double[] turned = {line, line / 10.0, column, column / 10.0};
            for (int pair = 0; pair < 4; pair++) {
                assertEquals(Math.cos(turned[pair]), angles.cos()[row * 4 + pair], 1e-6);
                assertEquals(Math.sin(turned[pair]), angles.sin()[row * 4 + pair], 1e-6);
            }
        }
    }
}
