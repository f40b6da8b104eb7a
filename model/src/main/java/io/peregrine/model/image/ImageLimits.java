package io.peregrine.model.image;

import io.peregrine.core.ResourceLimitException;

/// What a picture may cost, checked on its file size and its header before anything is decoded.
///
/// @param maxBytes size of the encoded picture
/// @param maxSide width and height, in pixels
/// @param maxPixels width times height; decoding takes between 3 and 12 bytes for each
/// @param maxRatio longer side divided by shorter side
public record ImageLimits(long maxBytes, int maxSide, long maxPixels, int maxRatio) {

    /// 20 MiB, 16,384 pixels per side, 64 megapixels, 200:1.
    public static final ImageLimits DEFAULT = new ImageLimits(20 << 20, 16_384, 64_000_000, 200);

    /// What one array can hold: three bytes for each pixel, with room for a row.
    static final long MOST_PIXELS = 700_000_000;

    private static final long MOST_BYTES = Integer.MAX_VALUE - 1024;

    public ImageLimits {
        if (maxBytes < 1 || maxBytes > MOST_BYTES) {
            throw new IllegalArgumentException("maxBytes is " + maxBytes + ", expected 1 to " + MOST_BYTES);
        }
        if (maxPixels < 1 || maxPixels > MOST_PIXELS) {
            throw new IllegalArgumentException("maxPixels is " + maxPixels + ", expected 1 to " + MOST_PIXELS);
        }
        if (maxSide < 1 || maxRatio < 1) {
            throw new IllegalArgumentException(
                    "maxSide and maxRatio are " + maxSide + " and " + maxRatio + ", expected at least 1");
        }
    }

    void checkBytes(String picture, long bytes) {
        if (bytes > maxBytes) {
            throw new ResourceLimitException(
                    picture + ": size of the file", bytes + " bytes", maxBytes + " bytes", raise("maxBytes"));
        }
    }

    /// @param width pixels, at least 1
    /// @param height pixels, at least 1
    void checkSize(String picture, int width, int height) {
        String size = width + " x " + height + " pixels";
        if (Math.max(width, height) > maxSide) {
            throw new ResourceLimitException(
                    picture + ": side of the picture", size, maxSide + " pixels per side", raise("maxSide"));
        }
        long pixels = (long) width * height;
        if (pixels > maxPixels) {
            throw new ResourceLimitException(
                    picture + ": area of the picture",
                    size + " (" + pixels + ")",
                    maxPixels + " pixels",
                    raise("maxPixels"));
        }
        if (Math.max(width, height) > (long) Math.min(width, height) * maxRatio) {
            throw new ResourceLimitException(
                    picture + ": ratio of the sides", size, maxRatio + ":1", raise("maxRatio"));
        }
    }

    private static String raise(String limit) {
        return "make the picture smaller, or raise " + limit + " in ImageLimits";
    }
}
