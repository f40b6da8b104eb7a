package io.peregrine.kernels.vector;

import io.peregrine.kernels.scalar.ScalarConvolution;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Depth-wise convolution with channels in the lanes.
///
/// Where the kernel lies within the line, [#TILE] neighbouring places are computed together, so that each weight is
/// loaded once for all of them; near the borders places are computed one by one. Channels beyond the last whole
/// vector go through the plain loops.
public final class VectorConvolution {

    /// Places that are computed together: their sums, a weight and a value fit into 16 registers.
    private static final int TILE = 8;

    private static final int L = Lanes.WIDTH;

    private VectorConvolution() {}

    /// Computes line `row` of the result.
    ///
    /// @param weight `[size, size, channels]`
    /// @param x `[height, width, channels]` from `in`
    /// @param y `[height, width, channels]` from `out`
    public static void line(
            float[] weight,
            float @Nullable [] bias,
            int size,
            float[] x,
            int in,
            int height,
            int width,
            int channels,
            int row,
            float[] y,
            int out) {
        int pad = size / 2;
        int top = Math.max(0, pad - row);
        int lines = Math.min(size, height - row + pad) - top;
        int from = in + (row - pad + top) * width * channels;
        int to = out + row * width * channels;
        int whole = channels - channels % L;
        int lastTile = width - pad - TILE;
        for (int c = 0; c < whole; c += L) {
            int column = 0;
            while (column < width) {
                int at = column < width - pad ? Math.min(column, lastTile) : -1;
                int left = Math.max(0, pad - column);
                int w = (top * size + left) * channels + c;
                if (at >= pad) {
                    w = top * size * channels + c;
                    int first = from + (at - pad) * channels + c;
                    tile(weight, w, bias, c, size, lines, x, first, width * channels, channels, y, to + at * channels + c);
                    column = at + TILE;
                } else {
                    int taps = Math.min(size, width - column + pad) - left;
                    int first = from + (column - pad + left) * channels + c;
                    place(weight, w, bias, c, size, lines, taps, x, first, width * channels, channels, y, to + column * channels + c);
                    column++;
                }
            }
        }
        for (int column = 0; whole < channels && column < width; column++) {
            ScalarConvolution.place(weight, bias, size, x, in, height, width, channels, row, column, whole, y, out);
        }
    }

    /// Eight places from `out`, a vector of their channels.
    private static void tile(
            float[] weight,
            int w,
            float @Nullable [] bias,
            int channel,
            int size,
            int lines,
            float[] x,
            int from,
            int line,
            int channels,
            float[] y,
            int out) {
        FloatVector s0 = bias == null ? FloatVector.zero(Lanes.FLOAT) : FloatVector.fromArray(Lanes.FLOAT, bias, channel);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        for (int i = 0; i < lines; i++) {
            int k = w + i * size * channels;
            int at = from + i * line;
            for (int j = 0; j < size; j++) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, weight, k);
                s0 = FloatVector.fromArray(Lanes.FLOAT, x, at).fma(v, s0);
                s1 = FloatVector.fromArray(Lanes.FLOAT, x, at + channels).fma(v, s1);
                s2 = FloatVector.fromArray(Lanes.FLOAT, x, at + 2 * channels).fma(v, s2);
                s3 = FloatVector.fromArray(Lanes.FLOAT, x, at + 3 * channels).fma(v, s3);
                s4 = FloatVector.fromArray(Lanes.FLOAT, x, at + 4 * channels).fma(v, s4);
                s5 = FloatVector.fromArray(Lanes.FLOAT, x, at + 5 * channels).fma(v, s5);
                s6 = FloatVector.fromArray(Lanes.FLOAT, x, at + 6 * channels).fma(v, s6);
                s7 = FloatVector.fromArray(Lanes.FLOAT, x, at + 7 * channels).fma(v, s7);
                k += channels;
                at += channels;
            }
        }
        s0.intoArray(y, out);
        s1.intoArray(y, out + channels);
        s2.intoArray(y, out + 2 * channels);
        s3.intoArray(y, out + 3 * channels);
        s4.intoArray(y, out + 4 * channels);
        s5.intoArray(y, out + 5 * channels);
        s6.intoArray(y, out + 6 * channels);
        s7.intoArray(y, out + 7 * channels);
    }

    /// One place, with the part of the kernel that lies within the map.
    private static void place(
            float[] weight,
            int w,
            float @Nullable [] bias,
            int channel,
            int size,
            int lines,
            int taps,
            float[] x,
            int from,
            int line,
            int channels,
            float[] y,
            int out) {
        FloatVector sum = bias == null ? FloatVector.zero(Lanes.FLOAT) : FloatVector.fromArray(Lanes.FLOAT, bias, channel);
        for (int i = 0; i < lines; i++) {
            int k = w + i * size * channels;
            int at = from + i * line;
            for (int j = 0; j < taps; j++) {
                sum = FloatVector.fromArray(Lanes.FLOAT, x, at).fma(FloatVector.fromArray(Lanes.FLOAT, weight, k), sum);
                k += channels;
                at += channels;
            }
        }
        sum.intoArray(y, out);
    }
}
