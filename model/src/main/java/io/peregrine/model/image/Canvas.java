package io.peregrine.model.image;

/// A picture's place on a larger area of one colour that need not exist in memory: a strip of 16,384 x 82
/// pixels, padded to a square, would take 800 MB.
///
/// @param width of the whole area
/// @param height of the whole area
/// @param left where the picture's left side is
/// @param top where the picture's top is
/// @param colour of the rest, `0xRRGGBB`
record Canvas(int width, int height, int left, int top, int colour) {

    /// Nothing but the picture.
    static Canvas tight(Raster8 picture) {
        return new Canvas(picture.width(), picture.height(), 0, 0, 0);
    }

    /// The smallest square, the picture in its middle; of an odd rest the greater half is right or below.
    static Canvas square(Raster8 picture, int colour) {
        int side = Math.max(picture.width(), picture.height());
        return new Canvas(side, side, (side - picture.width()) / 2, (side - picture.height()) / 2, colour);
    }

    /// Copies one row.
    ///
    /// @param picture what lies on this canvas
    /// @param y row of the canvas
    /// @param to `[width, 3]`
    void row(Raster8 picture, int y, byte[] to) {
        int inside = y - top;
        if (inside < 0 || inside >= picture.height()) {
            Geometry.fill(to, 0, to.length, colour);
            return;
        }
        int begin = 3 * left;
        int length = 3 * picture.width();
        Geometry.fill(to, 0, begin, colour);
        System.arraycopy(picture.rgb(), length * inside, to, begin, length);
        Geometry.fill(to, begin + length, to.length, colour);
    }
}
