package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// Places by hand: vectors of two elements, line and column on the square.
class BucketPlacesTest {

    private static BucketPlaces square(int side) {
        float[] table = new float[side * side * 2];
        for (int place = 0; place < side * side; place++) {
            table[2 * place] = place / side;
            table[2 * place + 1] = place % side;
        }
        return new BucketPlaces(table, side);
    }

    @Test
    void viewOfTheSize_takesAll() {
        assertArrayEquals(square(3).table(), square(3).of(3, 3));
    }

    @Test
    void smallerView_takesThoseAtTheSameFractions() {
        assertArrayEquals(
                new float[] {0, 0, 0, 1, 0, 3, 0, 5, 3, 0, 3, 1, 3, 3, 3, 5}, square(7).of(2, 4));
    }

    @Test
    void longerView_repeats() {
        assertArrayEquals(new float[] {0, 0, 0, 0, 0, 1, 0, 1, 0, 2}, square(3).of(1, 5));
    }

    /// Lines of 28 and columns of 32 patches, as the authors' code has them for a view of 448 x 392 pixels.
    @Test
    void exactFractions_beginTheNextBucket() {
        float[] places = square(70).of(28, 32);
        assertEquals(5, places[2 * 32 * 2]);
        assertEquals(67, places[2 * 32 * 27]);
        assertEquals(35, places[2 * 16 + 1]);
        assertEquals(67, places[2 * 31 + 1]);
    }

    @Test
    void tableThatIsNoSquare_isAnError() {
        assertEquals(
                "7 values for a square of 2",
                assertThrows(IllegalArgumentException.class, () -> new BucketPlaces(new float[7], 2))
                        .getMessage());
    }
}
