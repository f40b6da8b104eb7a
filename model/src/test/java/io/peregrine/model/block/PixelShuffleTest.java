package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PixelShuffleTest {

    /// Each element says where it was; where it must be now follows from the reshapes and permutations of the original,
    /// done one after the other.
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 1", "1, 4, 4, 3, 2", "2, 6, 9, 5, 3", "3, 2, 8, 1, 2", "2, 4, 4, 7, 4", "2, 3, 2, 2, 1"})
    void apply_putsPatchesOfSquaresSideBySide(int views, int lines, int columns, int width, int factor) {
        Rows x = new Rows().shape(views * lines * columns, width);
        for (int i = 0; i < x.elements(); i++) {
            x.data()[i] = i;
        }
        PixelShuffle shuffle = new PixelShuffle(factor);
        Rows out = shuffle.apply(x, lines, columns, new Rows());
        assertEquals(views * lines * columns / (factor * factor), out.rows());
        assertEquals(shuffle.width(width), out.width());
        assertArrayEquals(original(x.toArray(), views, lines, columns, width, factor), out.toArray());
    }

    /// `[v, h, w, e]` seen as `[v, h, w/s, s*e]`, transposed to `[v, w/s, h, s*e]`, seen as `[v, w/s, h/s, s*s*e]`,
    /// transposed to `[v, h/s, w/s, s*s*e]`.
    private static float[] original(float[] x, int views, int lines, int columns, int width, int factor) {
        float[] first = transposed(x, views, lines, columns / factor, factor * width);
        return transposed(first, views, columns / factor, lines / factor, factor * factor * width);
    }

    /// `[views, a, b, e]` to `[views, b, a, e]`.
    private static float[] transposed(float[] x, int views, int a, int b, int e) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            int view = i / (a * b * e);
            int row = i / (b * e) % a;
            int column = i / e % b;
            y[((view * b + column) * a + row) * e + i % e] = x[i];
        }
        return y;
    }

    @Test
    void apply_patchesThatFillNoSquares_isRefused() {
        Rows x = new Rows().shape(12, 2);
        PixelShuffle shuffle = new PixelShuffle(2);
        IllegalArgumentException odd =
                assertThrows(IllegalArgumentException.class, () -> shuffle.apply(x, 3, 4, new Rows()));
        assertEquals("12 rows of views of 3 x 4 patches in squares of 2 x 2", odd.getMessage());
        IllegalArgumentException rest =
                assertThrows(IllegalArgumentException.class, () -> shuffle.apply(x, 4, 2, new Rows()));
        assertEquals("12 rows of views of 4 x 2 patches in squares of 2 x 2", rest.getMessage());
        assertEquals(
                "squares of 0 patches on a side",
                assertThrows(IllegalArgumentException.class, () -> new PixelShuffle(0)).getMessage());
    }
}
