package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tables of learned places, resized with antialias.
class SmoothPlacesTest {

    @Test
    void ofItsOwnSize_isTheTable() {
        float[] table = {1, 2, 3, 4};
        assertSame(table, new SmoothPlaces(table, 2, 1).of(2, 2));
    }

    /// By hand: centres of new cells at 0.25, 0.75, 1.25, 1.75 of the old line, triangles of 1 cell to each
    /// side.
    @Test
    void grown_weightsByHand() {
        float[] found = new SmoothPlaces(new float[] {0, 1, 2, 3}, 2, 1).of(4, 2);
        assertArrayEquals(new float[] {0, 1, 0.5f, 1.5f, 1.5f, 2.5f, 2, 3}, found);
    }

    /// By hand: new cells of 2 old ones, triangles of 2 cells to each side, cut off at the border: weights 3,
    /// 3, 1 of 7.
    @Test
    void shrunk_weightsByHand() {
        float[] table = new float[16];
        for (int i = 0; i < 16; i++) {
            table[i] = i % 4;
        }
        float[] found = new SmoothPlaces(table, 4, 1).of(4, 2);
        for (int line = 0; line < 4; line++) {
            assertEquals(5 / 7f, found[2 * line], 1e-7);
            assertEquals(16 / 7f, found[2 * line + 1], 1e-7);
        }
    }

    /// A triangle over the old cells that is as wide as the coarser of the two grids, cut off at the border,
    /// and scaled to a sum of 1; in each direction by itself.
    @ParameterizedTest
    @CsvSource({"20, 16, 16", "20, 28, 18", "16, 32, 32", "16, 11, 46", "3, 1, 1", "1, 3, 2", "16, 5, 50", "7, 7, 3"})
    void anySize_isThatOfTheDefinition(int side, int lines, int columns) {
        int dim = 3;
        Random random = new Random(side * 1000 + lines);
        float[] table = new float[side * side * dim];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        float[] found = new SmoothPlaces(table, side, dim).of(lines, columns);
        assertEquals(lines * columns * dim, found.length);
        for (int y = 0; y < lines; y++) {
            for (int x = 0; x < columns; x++) {
                for (int d = 0; d < dim; d++) {
                    double sum = 0;
                    double weights = 0;
                    for (int i = 0; i < side * side; i++) {
                        double weight = triangle(i / side, y, side, lines) * triangle(i % side, x, side, columns);
                        sum += weight * table[i * dim + d];
                        weights += weight;
                    }
                    assertEquals(sum / weights, found[(y * columns + x) * dim + d], 1e-6);
                }
            }
        }
    }

    private static double triangle(int cell, int place, int side, int places) {
        double distance = Math.abs(cell + 0.5 - (place + 0.5) * side / places);
        return Math.max(0, 1 - distance / Math.max(1, (double) side / places));
    }

    @Test
    void tableOfAnotherSize_isRefused() {
        assertEquals(
                "7 values for a grid of 2 by 2 rows of 2",
                assertThrows(IllegalArgumentException.class, () -> new SmoothPlaces(new float[7], 2, 2)).getMessage());
    }
}
