package io.peregrine.kernels.scalar;

/// Depth-wise convolution as plain loops.
public final class ScalarConvolution {

    private ScalarConvolution() {}

    /// Computes line `row` of the result.
    ///
    /// @param weight `[size, size, channels]`
    /// @param x `[height, width, channels]` from `in`
    /// @param y `[height, width, channels]` from `out`
    public static void line(
            float[] weight,
            float[] bias,
            int size,
            float[] x,
            int in,
            int height,
            int width,
            int channels,
            int row,
            float[] y,
            int out) {
        for (int column = 0; column < width; column++) {
            place(weight, bias, size, x, in, height, width, channels, row, column, 0, y, out);
        }
    }

    /// Computes the channels of one place, from channel `first` on.
    public static void place(
            float[] weight,
            float[] bias,
            int size,
            float[] x,
            int in,
            int height,
            int width,
            int channels,
            int row,
            int column,
            int first,
            float[] y,
            int out) {
        int to = out + (row * width + column) * channels;
        for (int c = first; c < channels; c++) {
            y[to + c] = bias[c];
        }
        int top = row - size / 2;
        int left = column - size / 2;
        for (int i = Math.max(0, -top); i < Math.min(size, height - top); i++) {
            for (int j = Math.max(0, -left); j < Math.min(size, width - left); j++) {
                int from = in + ((top + i) * width + left + j) * channels;
                int w = (i * size + j) * channels;
                for (int c = first; c < channels; c++) {
                    y[to + c] += x[from + c] * weight[w + c];
                }
            }
        }
    }
}
