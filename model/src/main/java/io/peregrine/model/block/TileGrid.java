package io.peregrine.model.block;

/// How the cells of tiles make up the map of a picture, and which of them show it: the part of "anyres" between tower and
/// decoder.
///
/// A view has `side * side` cells. The first view shows the whole picture; the others are tiles of its canvas, row by
/// row. What comes out is the first view as it is, and then the kept rows of the canvas, each with a newline behind it.
///
/// Source: `haotian-liu/LLaVA : llava/model/llava_arch.py` (`unpad_image`, `prepare_inputs_labels_for_multimodal`).
///
/// @param side cells on a side of a view
/// @param tilesAcross tiles of the canvas side by side
/// @param tilesDown tiles of the canvas one below the other
/// @param left kept columns begin here
/// @param top kept rows begin here
/// @param columns cells kept of a row
/// @param rows rows kept
public record TileGrid(int side, int tilesAcross, int tilesDown, int left, int top, int columns, int rows) {

    /// A canvas without the cells that only show padding. The padding was the same on both sides, of an odd rest the
    /// smaller half in front; here the half is taken off on both sides, so that of an odd rest one row or column stays.
    ///
    /// @param width of the picture, in pixels
    /// @param height of the picture, in pixels
    public static TileGrid unpadded(int side, int tilesAcross, int tilesDown, int width, int height) {
        int across = Math.multiplyExact(side, tilesAcross);
        int down = Math.multiplyExact(side, tilesDown);
        if ((double) width / height > (double) across / down) {
            int seen = (int) (height * ((double) across / width));
            int top = (down - seen) / 2;
            return new TileGrid(side, tilesAcross, tilesDown, 0, top, across, down - 2 * top);
        }
        int seen = (int) (width * ((double) down / height));
        int left = (across - seen) / 2;
        return new TileGrid(side, tilesAcross, tilesDown, left, 0, across - 2 * left, down);
    }

    /// One view without tiles: a newline stands behind it all the same.
    public static TileGrid single(int side) {
        return new TileGrid(side, 0, 0, 0, 0, 0, 1);
    }

    /// Rows that come out.
    public int tokens() {
        return Math.addExact(Math.multiplyExact(side, side), Math.multiplyExact(rows, columns + 1));
    }

    /// @param views `[(1 + tilesAcross * tilesDown) * side * side, width]`: the cells of each view, row by row
    /// @param newline `[width]`
    /// @param out gets the shape `[tokens, width]`; must not be `views`
    public Rows assemble(Rows views, float[] newline, Rows out) {
        int cells = side * side;
        int width = views.width();
        out.shape(tokens(), width);
        copy(views, 0, out, 0, cells);
        int to = cells;
        for (int row = top; row < top + rows; row++) {
            for (int column = left; column < left + columns; ) {
                int tile = row / side * tilesAcross + column / side;
                int length = Math.min(side - column % side, left + columns - column);
                copy(views, (1 + tile) * cells + row % side * side + column % side, out, to, length);
                column += length;
                to += length;
            }
            System.arraycopy(newline, 0, out.data(), out.offset(to), width);
            to++;
        }
        return out;
    }

    private static void copy(Rows from, int first, Rows to, int at, int rows) {
        System.arraycopy(from.data(), from.offset(first), to.data(), to.offset(at), rows * from.width());
    }
}
