package io.peregrine.model.image;

import java.util.Arrays;

/// Moving pixels without changing them.
final class Geometry {

    private Geometry() {}

    /// A larger picture of one colour with `source` on it; `source` itself if it covers all.
    ///
    /// @param fill `0xRRGGBB`
    static Raster8 place(Raster8 source, int width, int height, int left, int top, int fill) {
        checkPlace(source.width(), source.height(), width, height, left, top);
        if (width == source.width() && height == source.height()) {
            return source;
        }
        Raster8 result = Raster8.blank(width, height);
        fill(result.rgb(), 0, result.rgb().length, fill);
        for (int y = 0; y < source.height(); y++) {
            System.arraycopy(
                    source.rgb(),
                    3 * y * source.width(),
                    result.rgb(),
                    3 * ((top + y) * width + left),
                    3 * source.width());
        }
        return result;
    }

    /// @param sourceWidth of what is placed
    /// @param sourceHeight likewise
    /// @throws IllegalArgumentException if it does not lie on the larger picture
    static void checkPlace(int sourceWidth, int sourceHeight, int width, int height, int left, int top) {
        if (left < 0 || top < 0 || left > width - sourceWidth || top > height - sourceHeight) {
            throw new IllegalArgumentException("a picture of " + sourceWidth + " x " + sourceHeight + " pixels at ("
                    + left + ", " + top + ") does not lie on " + width + " x " + height);
        }
    }

    /// A part of a picture.
    static Raster8 crop(Raster8 source, int left, int top, int width, int height) {
        checkPart(source.width(), source.height(), left, top, width, height);
        Raster8 result = Raster8.blank(width, height);
        for (int y = 0; y < height; y++) {
            System.arraycopy(
                    source.rgb(), 3 * ((top + y) * source.width() + left), result.rgb(), 3 * y * width, 3 * width);
        }
        return result;
    }

    /// @param sourceWidth of what is cut
    /// @param sourceHeight likewise
    /// @throws IllegalArgumentException if the part does not lie in it
    static void checkPart(int sourceWidth, int sourceHeight, int left, int top, int width, int height) {
        if (left < 0 || top < 0 || width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "no part of a picture: " + width + " x " + height + " pixels at (" + left + ", " + top + ")");
        }
        if (left > sourceWidth - width || top > sourceHeight - height) {
            throw new IllegalArgumentException("a part of " + width + " x " + height + " pixels at (" + left + ", "
                    + top + ") does not lie in " + sourceWidth + " x " + sourceHeight);
        }
    }

    /// Fills samples `from` to `to - 1`, whole pixels, with one colour.
    ///
    /// @param colour `0xRRGGBB`
    static void fill(byte[] rgb, int from, int to, int colour) {
        byte red = (byte) (colour >> 16);
        byte green = (byte) (colour >> 8);
        byte blue = (byte) colour;
        if (red == green && green == blue) {
            Arrays.fill(rgb, from, to, red);
            return;
        }
        for (int i = from; i < to; i += 3) {
            rgb[i] = red;
            rgb[i + 1] = green;
            rgb[i + 2] = blue;
        }
    }
}
