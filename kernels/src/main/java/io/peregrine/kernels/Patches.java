package io.peregrine.kernels;

/// Cuts an image into the square patches that a patch embedding multiplies.
public final class Patches {

    /// Colours of a pixel.
    private static final int CHANNELS = 3;

    private Patches() {}

    /// Writes one row per patch, patches from left to right and from top to bottom. Pixels to the right of the last
    /// whole patch and below it are left out, as a convolution with that stride does.
    ///
    /// @param pixels `[height, width, 3]`
    /// @param patch side of a patch in pixels
    /// @param channelFirst whether a row is `[3, patch, patch]`, the order of the convolution weight
    ///     `v.patch_embd.weight`, or `[patch, patch, 3]`
    /// @param out `[height / patch * (width / patch), 3 * patch * patch]` from `outOffset`
    /// @throws IllegalArgumentException if an array is too short
    public static void unfold(
            float[] pixels, int height, int width, int patch, boolean channelFirst, float[] out, int outOffset) {
        Checks.positive("patch", patch);
        long size = (long) height * width * CHANNELS;
        if (height < 0 || width < 0 || size > pixels.length) {
            throw new IllegalArgumentException(
                    "pixels: " + width + " x " + height + " need " + size + " elements, the array has " + pixels.length);
        }
        int rows = height / patch;
        int columns = width / patch;
        long needed = (long) rows * columns * CHANNELS * patch * patch;
        if (outOffset < 0 || outOffset + needed > out.length) {
            throw new IllegalArgumentException("out: " + columns + " x " + rows + " patches need " + needed
                    + " elements from " + outOffset + ", the array has " + out.length);
        }
        int at = outOffset;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int corner = (row * patch * width + column * patch) * CHANNELS;
                if (channelFirst) {
                    channelFirst(pixels, corner, width * CHANNELS, patch, out, at);
                } else {
                    channelLast(pixels, corner, width * CHANNELS, patch, out, at);
                }
                at += CHANNELS * patch * patch;
            }
        }
    }

    private static void channelFirst(float[] pixels, int corner, int line, int patch, float[] out, int at) {
        for (int c = 0; c < CHANNELS; c++) {
            for (int y = 0; y < patch; y++) {
                int from = corner + y * line + c;
                int to = at + (c * patch + y) * patch;
                for (int x = 0; x < patch; x++) {
                    out[to + x] = pixels[from + x * CHANNELS];
                }
            }
        }
    }

    private static void channelLast(float[] pixels, int corner, int line, int patch, float[] out, int at) {
        for (int y = 0; y < patch; y++) {
            System.arraycopy(pixels, corner + y * line, out, at + y * patch * CHANNELS, patch * CHANNELS);
        }
    }
}
