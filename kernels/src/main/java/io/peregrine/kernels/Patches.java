package io.peregrine.kernels;

/// Cuts a map into the square patches that a convolution multiplies whose windows do not overlap, such as a patch
/// embedding or a down-sampling.
public final class Patches {

    /// Colours of a pixel.
    private static final int COLOURS = 3;

    private Patches() {}

    /// As [#unfold(float[], int, int, int, int, boolean, float[], int)], for the three colours of a picture.
    ///
    /// @param pixels `[height, width, 3]`
    public static void unfold(
            float[] pixels, int height, int width, int patch, boolean channelFirst, float[] out, int outOffset) {
        unfold(pixels, height, width, COLOURS, patch, channelFirst, out, outOffset);
    }

    /// Writes one row per patch, patches from left to right and from top to bottom. Places to the right of the last
    /// whole patch and below it are left out, as a convolution with that stride does.
    ///
    /// @param x `[height, width, channels]`
    /// @param patch side of a patch
    /// @param channelFirst whether a row is `[channels, patch, patch]`, the order of a convolution's weight, or
    ///     `[patch, patch, channels]`
    /// @param out `[height / patch * (width / patch), channels * patch * patch]` from `outOffset`
    /// @throws IllegalArgumentException if an array is too short
    public static void unfold(
            float[] x,
            int height,
            int width,
            int channels,
            int patch,
            boolean channelFirst,
            float[] out,
            int outOffset) {
        Checks.positive("patch", patch);
        Checks.positive("channels", channels);
        Checks.map("x", x.length, 0, height, width, channels);
        int rows = height / patch;
        int columns = width / patch;
        Checks.map("out", out.length, outOffset, rows * patch, columns * patch, channels);
        int at = outOffset;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int corner = (row * patch * width + column * patch) * channels;
                if (channelFirst) {
                    channelFirst(x, corner, width * channels, channels, patch, out, at);
                } else {
                    channelLast(x, corner, width * channels, channels, patch, out, at);
                }
                at += channels * patch * patch;
            }
        }
    }

    private static void channelFirst(float[] x, int corner, int line, int channels, int patch, float[] out, int at) {
        int area = patch * patch;
        for (int i = 0; i < area; i++) {
            int from = corner + i / patch * line + i % patch * channels;
            for (int c = 0; c < channels; c++) {
                out[at + c * area + i] = x[from + c];
            }
        }
    }

    private static void channelLast(float[] x, int corner, int line, int channels, int patch, float[] out, int at) {
        for (int i = 0; i < patch; i++) {
            System.arraycopy(x, corner + i * line, out, at + i * patch * channels, patch * channels);
        }
    }
}
