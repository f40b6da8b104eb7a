package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.Shape;
import java.util.Arrays;

/// Tables of positions for square grids, brought to the grid that the tower sees.
final class Positions {

    private Positions() {}

    /// A table for a grid of `side` by `side`, resized if it is for another one.
    ///
    /// @param table `[first + n * n, width]`
    /// @param first how many rows come before those of the grid and stay as they are: 1 for a class token
    static Values of(Pool pool, String name, Values table, int first, int side) {
        int width = Math.toIntExact(table.shape().dim(1));
        long rows = table.shape().dim(0) - first;
        int stored = (int) Math.round(Math.sqrt(rows));
        if (rows < 1 || rows > Limits.WIDTH || (long) stored * stored != rows) {
            throw new ModelFormatException(
                    pool.file(),
                    "tensor " + name,
                    "shape " + table.shape(),
                    "a square number of positions" + (first == 0 ? "" : " behind the first row"),
                    "");
        }
        if (stored == side) {
            return table;
        }
        float[] all = Views.all(table);
        float[] grid = Bicubic.resized(Arrays.copyOfRange(all, first * width, all.length), stored, side, width);
        float[] resized = Arrays.copyOf(all, first * width + grid.length);
        System.arraycopy(grid, 0, resized, first * width, grid.length);
        return Views.held(Shape.of(first + (long) side * side, width), resized);
    }
}
