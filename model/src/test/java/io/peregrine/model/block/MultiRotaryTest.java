package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Rope;
import io.peregrine.kernels.Workers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MultiRotaryTest {

    @Test
    void sections_followEachOther() {
        assertArrayEquals(new int[] {0, 1, 1, 2}, MultiRotary.inSections(new int[] {1, 2, 1}));
        assertArrayEquals(new int[] {1, 1, 2, -1, -1}, MultiRotary.inSections(new int[] {0, 2, 1, 2}));
    }

    /// Sections of the real models: pairs 61 and 62 belong to no section, and take time.
    @Test
    void inTurn_leftOverPairs_takeTime() {
        int[] axes = MultiRotary.inTurn(new int[] {24, 20, 20, 0}, 64);
        for (int pair = 0; pair < 60; pair++) {
            assertEquals(pair % 3, axes[pair]);
        }
        assertArrayEquals(new int[] {0, 0, 0, 0}, Arrays.copyOfRange(axes, 60, 64));
    }

    @Test
    void inTurn_sectionsOfAnySize() {
        assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2, 0, 1}, MultiRotary.inTurn(new int[] {3, 3, 2, 0}, 8));
        assertArrayEquals(new int[] {0, 1, 0, 0, 1, 0}, MultiRotary.inTurn(new int[] {4, 2, 0}, 6));
        assertArrayEquals(new int[] {0, 0, 2, 0, 0}, MultiRotary.inTurn(new int[] {0, 0, 5}, 5));
    }

    /// Heads of 12 of which 10 turn; the last pair never does. Rows of text, then of a picture.
    @Test
    void eachPairTurnsWithItsAxis() {
        MultiRotary rotary =
                new MultiRotary(Rope.NEOX, 10, 1e6, 0.5, MultiRotary.inSections(new int[] {1, 2, 1, 1}));
        int[][] places = {{3, 3, 3}, {4, 4, 4}, {5, 5, 5}, {5, 5, 6}, {5, 6, 5}, {5, 6, 6}, {7, 7, 7}};
        Batch batch = new Batch(MultiRotary.AXES);
        batch.begin(new SequenceState(List.of(), 16));
        for (int[] place : places) {
            batch.addToken(1, place[0]);
            batch.place(1, place[1]);
            batch.place(2, place[2]);
        }
        int[] axes = {0, 1, 1, 2};
        try (Workers workers = new Workers(1)) {
            Pass pass = new Pass(new Compute(workers, false), () -> false);
            Positions.Angles angles = rotary.at(pass, batch);
            assertEquals(10, angles.rotated());
            for (int row = 0; row < places.length; row++) {
                for (int pair = 0; pair < 5; pair++) {
                    double angle = pair == 4 ? 0 : places[row][axes[pair]] * 0.5 * Math.pow(1e6, -pair / 5.0);
                    assertEquals(Math.cos(angle), angles.cos()[row * 5 + pair], 1e-7, row + ", " + pair);
                    assertEquals(Math.sin(angle), angles.sin()[row * 5 + pair], 1e-7, row + ", " + pair);
                }
            }
        }
    }
}
