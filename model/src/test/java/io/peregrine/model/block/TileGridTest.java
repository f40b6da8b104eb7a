package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TileGridTest {

    /// LLaVA-1.6 has 24 x 24 cells in a view, LLaVA-1.5-HD 16 x 16.
    @ParameterizedTest
    @CsvSource({
        "336, 336, 24, 1, 2, 24, 24, 1176",
        "224, 224, 24, 1, 2, 24, 24, 1176",
        "640, 480, 24, 2, 2, 48, 36, 2340",
        "480, 640, 24, 2, 2, 36, 48, 2352",
        "1920, 1080, 24, 2, 2, 48, 28, 1948",
        "1000, 300, 24, 3, 1, 72, 22, 2182",
        "300, 1000, 24, 1, 3, 22, 72, 2232",
        "673, 672, 24, 2, 2, 48, 48, 2928",
        "336, 336, 16, 2, 2, 32, 32, 1312",
        "224, 224, 16, 1, 1, 16, 16, 528",
        "640, 480, 16, 3, 2, 42, 32, 1632",
        "480, 640, 16, 2, 3, 32, 42, 1642",
        "1920, 1080, 16, 3, 2, 48, 28, 1628",
        "1000, 300, 16, 4, 1, 54, 16, 1136",
        "300, 1000, 16, 1, 4, 16, 54, 1174",
        "673, 672, 16, 2, 2, 32, 32, 1312",
        "673, 672, 16, 3, 2, 32, 32, 1312"
    })
    void unpadded_keepsWhatShowsThePicture(
            int width, int height, int side, int across, int down, int columns, int rows, int tokens) {
        TileGrid grid = TileGrid.unpadded(side, across, down, width, height);
        assertEquals(List.of(columns, rows), List.of(grid.columns(), grid.rows()));
        assertEquals(tokens, grid.tokens());
    }

    @Test
    void unpadded_oddRest_leavesOneRowOfPadding() {
        assertEquals(new TileGrid(3, 2, 2, 0, 0, 6, 6), TileGrid.unpadded(3, 2, 2, 120, 100));
        assertEquals(new TileGrid(3, 2, 2, 0, 0, 6, 6), TileGrid.unpadded(3, 2, 2, 100, 120));
        assertEquals(new TileGrid(3, 2, 2, 0, 1, 6, 4), TileGrid.unpadded(3, 2, 2, 120, 80));
        assertEquals(new TileGrid(3, 2, 2, 1, 0, 4, 6), TileGrid.unpadded(3, 2, 2, 80, 120));
    }

    /// A strip that is lost between two rows of cells: the view of the whole is all that is left, as in the authors' code.
    @Test
    void unpadded_pictureThinnerThanACell_keepsNothingOfAnEvenCanvas() {
        TileGrid even = TileGrid.unpadded(4, 2, 1, 16384, 1);
        assertEquals(0, even.rows());
        assertEquals(16, even.tokens());
        TileGrid odd = TileGrid.unpadded(3, 2, 1, 16384, 1);
        assertEquals(1, odd.rows());
        assertEquals(9 + 7, odd.tokens());
    }

    /// Cells are numbered by view, row and column; columns 1 to 4 of 6 and all 3 rows of 2 x 1 tiles are kept.
    @Test
    void assemble_putsTilesSideBySide() {
        TileGrid grid = new TileGrid(3, 2, 1, 1, 0, 4, 3);
        float[] expected = {
            0, 1, 2, 10, 11, 12, 20, 21, 22, // the whole picture
            101, 102, 200, 201, -1, 111, 112, 210, 211, -1, 121, 122, 220, 221, -1
        };
        assertArrayEquals(expected, assembled(grid, 3));
    }

    @Test
    void assemble_putsTilesOneBelowTheOther() {
        TileGrid grid = new TileGrid(2, 1, 2, 0, 1, 2, 2);
        assertArrayEquals(new float[] {0, 1, 10, 11, 110, 111, -1, 200, 201, -1}, assembled(grid, 3));
    }

    @Test
    void assemble_withoutTiles_endsTheView() {
        assertEquals(5, TileGrid.single(2).tokens());
        assertArrayEquals(new float[] {0, 1, 10, 11, -1}, assembled(TileGrid.single(2), 1));
    }

    /// What comes out for cells of two equal numbers, 100 * view + 10 * row + column, and newlines of -1.
    private static float[] assembled(TileGrid grid, int views) {
        int side = grid.side();
        Rows cells = new Rows().shape(views * side * side, 2);
        for (int i = 0; i < cells.rows(); i++) {
            int number = 100 * (i / (side * side)) + 10 * (i / side % side) + i % side;
            cells.data()[2 * i] = number;
            cells.data()[2 * i + 1] = number;
        }
        Rows out = grid.assemble(cells, new float[] {-1, -1}, new Rows());
        List<Float> first = new ArrayList<>();
        for (int i = 0; i < out.rows(); i++) {
            assertEquals(out.data()[2 * i], out.data()[2 * i + 1]);
            first.add(out.data()[2 * i]);
        }
        float[] values = new float[first.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = first.get(i);
        }
        return values;
    }
}
