package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlignedPlacesTest {

    /// A table whose values grow evenly down and across stays so, whatever the size: its corners are the corners.
    @ParameterizedTest
    @CsvSource({"1, 1, 3", "2, 2, 3", "3, 5, 3", "7, 4, 5", "1, 9, 4", "6, 1, 4", "48, 20, 48", "2, 3, 1", "100, 3, 7"})
    void of_evenSlopes_stayEven(int lines, int columns, int side) {
        int dim = 2;
        float[] table = new float[side * side * dim];
        for (int place = 0; place < side * side; place++) {
            table[place * dim] = 3 + 2f * (place / side);
            table[place * dim + 1] = 5 - 0.5f * (place % side);
        }
        float[] places = new AlignedPlaces(table, side, dim).of(lines, columns);
        assertEquals(lines * columns * dim, places.length);
        for (int place = 0; place < lines * columns; place++) {
            double down = lines == 1 ? 0 : place / columns * (side - 1.0) / (lines - 1);
            double across = columns == 1 ? 0 : place % columns * (side - 1.0) / (columns - 1);
            assertEquals(3 + 2 * down, places[place * dim], 1e-4);
            assertEquals(5 - 0.5 * across, places[place * dim + 1], 1e-4);
        }
    }

    /// By hand: halves between neighbours, quarters between four.
    @Test
    void of_twiceAsFine_liesBetween() {
        float[] places = new AlignedPlaces(new float[] {0, 8, 4, 20}, 2, 1).of(3, 3);
        assertArrayEquals(new float[] {0, 4, 8, 2, 8, 14, 4, 12, 20}, places);
    }

    @Test
    void of_itsOwnSize_isTheTable() {
        float[] table = {1, 2, 3, 4};
        assertSame(table, new AlignedPlaces(table, 2, 1).of(2, 2));
    }

    @Test
    void of_anotherLength_isRefused() {
        assertEquals(
                "3 values for a grid of 2 by 2 rows of 1",
                assertThrows(IllegalArgumentException.class, () -> new AlignedPlaces(new float[3], 2, 1)).getMessage());
    }
}
