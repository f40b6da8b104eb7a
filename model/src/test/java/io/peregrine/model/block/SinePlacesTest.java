package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SinePlacesTest {

    /// With 8 elements there are two frequencies per axis, 1 and 1 / 100.
    @Test
    void columnFirst_thenLine_sinesThenCosines() {
        float[] expected = new float[2 * 3 * 8];
        for (int line = 0; line < 2; line++) {
            for (int column = 0; column < 3; column++) {
                int at = (line * 3 + column) * 8;
                expected[at] = (float) Math.sin(column);
                expected[at + 1] = (float) Math.sin(column / 100.0);
                expected[at + 2] = (float) Math.cos(column);
                expected[at + 3] = (float) Math.cos(column / 100.0);
                expected[at + 4] = (float) Math.sin(line);
                expected[at + 5] = (float) Math.sin(line / 100.0);
                expected[at + 6] = (float) Math.cos(line);
                expected[at + 7] = (float) Math.cos(line / 100.0);
            }
        }
        assertArrayEquals(expected, new SinePlaces(8).of(2, 3), 1e-7f);
    }

    @Test
    void widthThatIsNoMultipleOfFour_isAnError() {
        assertEquals(
                "sines and cosines of two axes in vectors of 6",
                assertThrows(IllegalArgumentException.class, () -> new SinePlaces(6))
                        .getMessage());
    }
}
