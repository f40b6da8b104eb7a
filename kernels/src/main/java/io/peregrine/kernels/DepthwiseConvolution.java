package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarConvolution;
import io.peregrine.kernels.vector.VectorConvolution;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A convolution of each channel by itself, over a map whose channels lie together.
///
/// Source: Howard et al., arXiv:1704.04861; with 7 x 7 kernels as in Liu et al., arXiv:2201.03545.
public final class DepthwiseConvolution {

    private DepthwiseConvolution() {}

    /// `y[r, c] = bias + sum over i, j of weight[i, j] * x[r + i - size / 2, c + j - size / 2]` for each channel, where
    /// the map is zero outside of its borders; `y` is as large as `x`. The sum of a place runs over the kernel row by
    /// row, so it is the same for any number of threads.
    ///
    /// @param weight `[size, size, channels]`
    /// @param bias `[channels]`, or null for zeros
    /// @param size rows and columns of the kernel, odd
    /// @param x `[height, width, channels]` from `xOffset`
    /// @param y `[height, width, channels]` from `yOffset`; must not overlap `x`
    /// @throws IllegalArgumentException if the size is even, or an array is too short
    public static void apply(
            Compute compute,
            float[] weight,
            float @Nullable [] bias,
            int size,
            float[] x,
            int xOffset,
            int height,
            int width,
            int channels,
            float[] y,
            int yOffset) {
        Checks.positive("channels", channels);
        Checks.positive("size", size);
        if (size % 2 == 0) {
            throw new IllegalArgumentException("size is " + size + ", expected an odd number");
        }
        Checks.map("x", x.length, xOffset, height, width, channels);
        Checks.map("y", y.length, yOffset, height, width, channels);
        Checks.map("weight", weight.length, 0, size, size, channels);
        Checks.range("bias", bias == null ? channels : bias.length, 0, channels);
        Task task = compute.depthwise;
        task.weight = weight;
        task.bias = bias == null ? zeros(compute.shared(channels), channels) : bias;
        task.size = size;
        task.x = x;
        task.xOffset = xOffset;
        task.height = height;
        task.width = width;
        task.channels = channels;
        task.y = y;
        task.yOffset = yOffset;
        task.start(compute, width == 0 ? 0 : height, (long) size * size * width * channels);
    }

    private static float[] zeros(float[] scratch, int count) {
        Arrays.fill(scratch, 0, count, 0);
        return scratch;
    }

    /// Arguments of a call; a row is a line of the map.
    static final class Task extends RowsTask {

        private final Compute compute;
        private float[] weight = {};
        private float[] bias = {};
        private int size;
        private float[] x = {};
        private int xOffset;
        private int height;
        private int width;
        private int channels;
        private float[] y = {};
        private int yOffset;

        Task(Compute compute) {
            this.compute = compute;
        }

        @Override
        void rows(int from, int count, int worker) {
            for (int row = from; row < from + count; row++) {
                if (compute.vectors) {
                    VectorConvolution.line(
                            weight, bias, size, x, xOffset, height, width, channels, row, y, yOffset);
                } else {
                    ScalarConvolution.line(
                            weight, bias, size, x, xOffset, height, width, channels, row, y, yOffset);
                }
            }
        }
    }
}
