package io.peregrine.model.image;

import java.util.BitSet;

/// Which pixels of a picture belong to a region. Immutable; equal masks are of the same size and have the same
/// pixels.
public final class Mask {

    private final int width;
    private final int height;

    /// Row by row.
    private final BitSet inside;

    private Mask(int width, int height) {
        if (width < 1 || height < 1 || (long) width * height > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a mask of " + width + " x " + height + " pixels");
        }
        this.width = width;
        this.height = height;
        this.inside = new BitSet(width * height);
    }

    /// The pixels of a picture that are not black.
    public static Mask of(Image picture) {
        Mask mask = new Mask(picture.width(), picture.height());
        byte[] rgb = picture.raster().rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            if ((rgb[i] | rgb[i + 1] | rgb[i + 2]) != 0) {
                mask.inside.set(i / 3);
            }
        }
        return mask;
    }

    /// A rectangle in a picture of `width` x `height` pixels, the parts outside of it left out.
    ///
    /// @param left column of the first pixel
    /// @param right column behind the last pixel
    /// @param top row of the first pixel
    /// @param bottom row behind the last pixel
    public static Mask box(int width, int height, int left, int top, int right, int bottom) {
        Mask mask = new Mask(width, height);
        int from = Math.clamp(left, 0, width);
        int to = Math.clamp(right, from, width);
        for (int y = Math.max(0, top); y < Math.min(height, bottom); y++) {
            mask.inside.set(y * width + from, y * width + to);
        }
        return mask;
    }

    /// A polygon in a picture of `width` x `height` pixels, the parts outside of it left out. A pixel belongs to it if
    /// its middle, half a pixel right of and below its corner, is inside by the even-odd rule: a ray from there crosses
    /// the outline an odd number of times, so that what is enclosed twice is a hole. The outline is closed from the
    /// last point to the first.
    ///
    /// @param points `x, y, x, y, ...`, finite, from the upper left corner of the picture
    public static Mask polygon(int width, int height, double... points) {
        Mask mask = new Mask(width, height);
        int count = points.length / 2;
        for (int i = 0; i < count; i++) {
            int next = (i + 1) % count;
            mask.edge(points[2 * i], points[2 * i + 1], points[2 * next], points[2 * next + 1]);
        }
        return mask;
    }

    /// Turns over all pixels to the right of an edge; what was turned over an odd number of times is inside.
    private void edge(double x0, double y0, double x1, double y1) {
        // Rows whose middle is at least as low as the upper end and above the lower end.
        int from = (int) Math.clamp(Math.ceil(Math.min(y0, y1) - 0.5), 0, height);
        int to = (int) Math.clamp(Math.ceil(Math.max(y0, y1) - 0.5), 0, height);
        for (int y = from; y < to; y++) {
            double crossing = x0 + (y + 0.5 - y0) / (y1 - y0) * (x1 - x0);
            int first = (int) Math.clamp(Math.ceil(crossing - 0.5), 0, width);
            inside.flip(y * width + first, (y + 1) * width);
        }
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /// How many pixels belong to the region.
    public int pixels() {
        return inside.cardinality();
    }

    /// Whether the pixel in column `x` of row `y` belongs to the region.
    public boolean has(int x, int y) {
        return inside.get(Math.addExact(Math.multiplyExact(y, width), x));
    }

    /// `[height, width]`: 1 in the region, 0 elsewhere.
    public float[] toFloats() {
        float[] values = new float[width * height];
        for (int i = inside.nextSetBit(0); i >= 0; i = inside.nextSetBit(i + 1)) {
            values[i] = 1;
        }
        return values;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask mask
                && mask.width == width
                && mask.height == height
                && mask.inside.equals(inside);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + inside.hashCode();
    }

    @Override
    public String toString() {
        return "Mask[" + pixels() + " of " + width + " x " + height + "]";
    }
}
