package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/// What a convolution of 3 taps over rows of one element remembers, where row `i` has the input `i + 1`.
class ConvolutionStateTest {

    private final ConvolutionState state = new ConvolutionState(2, 1);
    private int length;

    private void store(int rows) {
        float[] inputs = new float[2 + rows];
        state.begin(length, inputs);
        assertArrayEquals(new float[] {Math.max(0, length - 1), length}, new float[] {inputs[0], inputs[1]});
        for (int i = 0; i < rows; i++) {
            inputs[2 + i] = length + i + 1;
        }
        state.store(inputs, rows);
        length += rows;
    }

    private void back(int to) {
        state.truncate(to);
        length = to;
    }

    @Test
    void prompt_remembersItsBeginningItsLastRowAndEvery128th() {
        store(300);
        assertEquals(300, state.restorable(300));
        assertEquals(299, state.restorable(299));
        assertEquals(256, state.restorable(298));
        assertEquals(128, state.restorable(255));
        assertEquals(0, state.restorable(127));
        back(299);
        store(1);
        back(256);
        assertEquals(256, state.restorable(256));
        assertEquals(128, state.restorable(255));
        store(300);
        back(0);
        store(7);
    }

    @Test
    void answer_goesBackOneTokenOrToThePrompt() {
        store(10);
        for (int i = 0; i < 130; i++) {
            store(1);
        }
        assertEquals(139, state.restorable(139));
        assertEquals(128, state.restorable(138));
        assertEquals(9, state.restorable(127));
        back(139);
        store(1);
        back(9);
        store(200);
        assertEquals(208, state.restorable(208));
    }

    @Test
    void fork_goesOnByItself() {
        store(300);
        ConvolutionState fork = state.fork(256);
        float[] inputs = new float[5];
        fork.begin(256, inputs);
        assertArrayEquals(new float[] {255, 256, 0, 0, 0}, inputs);
        fork.store(new float[] {255, 256, -1, -2, -3}, 3);
        assertEquals(128, fork.restorable(255));
        store(5);
        fork.begin(259, inputs);
        assertArrayEquals(new float[] {-2, -3, 0, 0, 0}, inputs);
        assertThrows(IllegalArgumentException.class, () -> state.fork(200));
    }

    @Test
    void brokenOffPass_isForgotten() {
        store(40);
        store(500);
        length = 40;
        store(3);
        assertEquals(42, state.restorable(42));
        assertEquals(40, state.restorable(41));
        assertEquals(0, state.restorable(39));
    }

    @Test
    void forgottenLength_isRefused() {
        store(40);
        assertEquals(
                "length 20 of 40",
                assertThrows(IllegalArgumentException.class, () -> state.truncate(20)).getMessage());
        assertEquals(
                "length 41 of 40",
                assertThrows(IllegalArgumentException.class, () -> state.truncate(41)).getMessage());
    }
}
