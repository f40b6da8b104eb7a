package io.peregrine.model.image;

/// How a stored picture has to be turned to be upright: the eight values of the EXIF tag `Orientation`
/// (Exif 2.32, tag 0x0112), in their order.
enum Orientation {
    UPRIGHT(false, false, false),
    MIRRORED(false, true, false),
    UPSIDE_DOWN(false, true, true),
    FLIPPED(false, false, true),
    TRANSPOSED(true, false, false),
    RIGHT_TURNED(true, false, true),
    TRANSVERSED(true, true, true),
    LEFT_TURNED(true, true, false);

    /// The axes change places: a column of the stored picture becomes a row.
    private final boolean swaps;

    /// Stored columns are walked from the right.
    private final boolean fromRight;

    /// Stored rows are walked from the bottom.
    private final boolean fromBottom;

    Orientation(boolean swaps, boolean fromRight, boolean fromBottom) {
        this.swaps = swaps;
        this.fromRight = fromRight;
        this.fromBottom = fromBottom;
    }

    /// @param value the tag's value; what is not between 1 and 8 means upright
    static Orientation ofExif(int value) {
        return value >= 1 && value <= 8 ? values()[value - 1] : UPRIGHT;
    }

    int exifValue() {
        return ordinal() + 1;
    }

    Raster8 upright(Raster8 stored) {
        if (this == UPRIGHT) {
            return stored;
        }
        int width = stored.width();
        int height = stored.height();
        int column = fromRight ? -3 : 3; // what one step along a stored row, or column, means in the array
        int row = fromBottom ? -3 * width : 3 * width;
        int first = (fromRight ? 3 * (width - 1) : 0) + (fromBottom ? 3 * width * (height - 1) : 0);
        Raster8 turned = Raster8.blank(swaps ? height : width, swaps ? width : height);
        int alongX = swaps ? row : column;
        int alongY = swaps ? column : row;
        byte[] from = stored.rgb();
        byte[] to = turned.rgb();
        int t = 0;
        for (int y = 0; y < turned.height(); y++) {
            int f = first + y * alongY;
            for (int x = 0; x < turned.width(); x++) {
                to[t++] = from[f];
                to[t++] = from[f + 1];
                to[t++] = from[f + 2];
                f += alongX;
            }
        }
        return turned;
    }
}
