package io.peregrine.kernels.vector;

import io.peregrine.kernels.scalar.ScalarConvolution;
import jdk.incubator.vector.FloatVector;

/// Depth-wise convolution with channels in the lanes.
///
/// Where the kernel lies within the line, [#TILE] neighbouring places are computed together, so that each weight is
/// loaded once for all of them; near the borders places are computed one by one. Channels beyond the last whole
/// vector go through the plain loops. Loops of vectors have none inside (docs/design/0014-single-tokens.md).
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
        int pad = size / 2;
        int top = Math.max(0, pad - row);
        int lines = Math.min(size, height - row + pad) - top;
        int line = width * channels;
        int from = in + (row - pad + top) * line;
        int to = out + row * line;
        int whole = channels - channels % L;
        int lastTile = width - pad - TILE;
        int column = 0;
        while (column < width) {
            int at = column < width - pad ? Math.min(column, lastTile) : -1;
            if (at >= pad) {
                int w = top * size * channels;
                int first = from + (at - pad) * channels;
                for (int c = 0; c < whole; c += L) {
                    tile(weight, w + c, bias, c, size, lines, x, first + c, line, channels, y, to + at * channels + c);
                }
                column = at + TILE;
            } else {
                int left = Math.max(0, pad - column);
                int taps = Math.min(size, width - column + pad) - left;
                int w = (top * size + left) * channels;
                int first = from + (column - pad + left) * channels;
                int place = to + column * channels;
                for (int c = 0; c < whole; c += L) {
                    place(weight, w + c, bias, c, size, lines, taps, x, first + c, line, channels, y, place + c);
                }
                column++;
            }
        }
        for (int rest = 0; whole < channels && rest < width; rest++) {
            ScalarConvolution.place(weight, bias, size, x, in, height, width, channels, row, rest, whole, y, out);
        }
    }

    /// Eight places from `out`, a vector of their channels.
    private static void tile(
            float[] weight,
            int w,
            float[] bias,
            int channel,
            int size,
            int lines,
            float[] x,
            int from,
            int line,
            int channels,
            float[] y,
            int out) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        FloatVector s4 = zero;
        FloatVector s5 = zero;
        FloatVector s6 = zero;
        FloatVector s7 = zero;
        int k = w;
        int at = from;
        for (int tap = 0, j = 0; tap < lines * size; tap++) {
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
            if (++j == size) {
                j = 0;
                at += line - size * channels;
            }
        }
        FloatVector b = FloatVector.fromArray(Lanes.FLOAT, bias, channel);
        b.add(s0).intoArray(y, out);
        b.add(s1).intoArray(y, out + channels);
        b.add(s2).intoArray(y, out + 2 * channels);
        b.add(s3).intoArray(y, out + 3 * channels);
        b.add(s4).intoArray(y, out + 4 * channels);
        b.add(s5).intoArray(y, out + 5 * channels);
        b.add(s6).intoArray(y, out + 6 * channels);
        b.add(s7).intoArray(y, out + 7 * channels);
    }

    /// One place, with the part of the kernel that lies within the map.
    private static void place(
            float[] weight,
            int w,
            float[] bias,
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
        FloatVector sum = FloatVector.zero(Lanes.FLOAT);
        int k = w;
        int at = from;
        for (int tap = 0, j = 0; tap < lines * taps; tap++) {
            sum = FloatVector.fromArray(Lanes.FLOAT, x, at).fma(FloatVector.fromArray(Lanes.FLOAT, weight, k), sum);
            k += channels;
            at += channels;
            if (++j == taps) {
                j = 0;
                k += (size - taps) * channels;
                at += line - taps * channels;
            }
        }
        FloatVector.fromArray(Lanes.FLOAT, bias, channel).add(sum).intoArray(y, out);
    }
}
