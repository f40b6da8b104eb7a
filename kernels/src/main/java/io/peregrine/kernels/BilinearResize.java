package io.peregrine.kernels;

/// Resizing of float maps as `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` does it: two
/// neighbours along each axis and no antialiasing, whatever the factor.
///
/// Place `i` of `n` looks at the source at `(i + 1/2) * size / n - 1/2`, at least 0. That is a ratio of whole numbers and
/// is taken as such: a weight that should be 0 is 0, so that what is 0 around a place stays exactly 0 in it. Where
/// `size / n` is a binary fraction of few digits these are torch's own weights, bit for bit.
///
/// Plain loops: it is memory that takes the time here, and a picture is resized once.
///
/// Source: `pytorch/pytorch : aten/src/ATen/native/UpSample.h`.
public final class BilinearResize {

    private BilinearResize() {}

    /// @param x `[height, width, channels]` from `xOffset`
    /// @param y `[newHeight, newWidth, channels]` from `yOffset`; must not overlap `x`
    /// @throws IllegalArgumentException if a size is not positive, or an array is too short
    public static void apply(
            Compute compute,
            float[] x,
            int xOffset,
            int height,
            int width,
            int channels,
            float[] y,
            int yOffset,
            int newHeight,
            int newWidth) {
        Checks.positive("height", height);
        Checks.positive("width", width);
        Checks.positive("channels", channels);
        Checks.positive("newHeight", newHeight);
        Checks.positive("newWidth", newWidth);
        Checks.map("x", x.length, xOffset, height, width, channels);
        Checks.map("y", y.length, yOffset, newHeight, newWidth, channels);
        Task task = compute.bilinear;
        task.x = x;
        task.xOffset = xOffset;
        task.height = height;
        task.width = width;
        task.channels = channels;
        task.y = y;
        task.yOffset = yOffset;
        task.newHeight = newHeight;
        task.newWidth = newWidth;
        task.start(compute, newHeight, 4L * newWidth * channels);
    }

    /// Twice the distance of place `i` of `n` from the first place of the source, in parts of `n`.
    private static long distance(int i, int size, int n) {
        return Math.max(0, (2L * i + 1) * size - n);
    }

    /// Arguments of a call; a row is a line of the result.
    static final class Task extends RowsTask {

        private float[] x = {};
        private int xOffset;
        private int height;
        private int width;
        private int channels;
        private float[] y = {};
        private int yOffset;
        private int newHeight;
        private int newWidth;

        @Override
        void rows(int from, int count, int worker) {
            for (int row = from; row < from + count; row++) {
                long distance = distance(row, height, newHeight);
                int above = (int) (distance / (2L * newHeight));
                int below = Math.min(above + 1, height - 1);
                float weight = (float) (distance % (2L * newHeight) / (2.0 * newHeight));
                int line = width * channels;
                line(xOffset + above * line, xOffset + below * line, weight, yOffset + row * newWidth * channels);
            }
        }

        private void line(int above, int below, float down, int out) {
            float up = 1 - down;
            int to = out;
            for (int column = 0; column < newWidth; column++) {
                long distance = distance(column, width, newWidth);
                int left = (int) (distance / (2L * newWidth));
                int right = Math.min(left + 1, width - 1) * channels;
                left *= channels;
                float weight = (float) (distance % (2L * newWidth) / (2.0 * newWidth));
                float rest = 1 - weight;
                for (int c = 0; c < channels; c++) {
                    float upper = rest * x[above + left + c] + weight * x[above + right + c];
                    float lower = rest * x[below + left + c] + weight * x[below + right + c];
                    y[to++] = up * upper + down * lower;
                }
            }
        }
    }
}
