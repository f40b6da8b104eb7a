package io.peregrine.model.image;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// Resizing by a separable filter with the exact results of Pillow's `Image.resize`: rows first, rounded to 8
/// bits, then columns. Both passes take a range of rows and touch no others, so that threads can share them.
///
/// @param support how far the filter reaches, in samples
/// @param kernel the filter
record FilterResize(double support, DoubleUnaryOperator kernel) implements Resize {

    private static final int HALF = 1 << (FilterTaps.FRACTION_BITS - 1);

    @Override
    public Raster8 resize(Raster8 source, Canvas canvas, int width, int height) {
        Raster8 wide = width == canvas.width()
                ? Geometry.place(source, width, source.height(), canvas.left(), 0, canvas.colour())
                : Raster8.blank(width, source.height());
        if (width != canvas.width()) {
            FilterTaps taps = FilterTaps.of(canvas.width(), width, support, kernel);
            alongRows(source, canvas, wide, taps, 0, wide.height());
        }
        // A row of one colour stays what it is, so the rows above and below need no filter.
        Raster8 tall = Geometry.place(wide, width, canvas.height(), 0, canvas.top(), canvas.colour());
        if (height == canvas.height()) {
            return tall;
        }
        Raster8 result = Raster8.blank(width, height);
        alongColumns(tall, result, FilterTaps.of(canvas.height(), height, support, kernel), 0, height);
        return result;
    }

    /// Filters rows `begin` to `end - 1` with the canvas left and right of them, two at a time: the low half
    /// of a `long` carries a sample of the one and the high half of the other, and one multiplication serves
    /// both. A sum is below 2^31 in magnitude, so the halves can be told apart again. What lies beside the picture has
    /// one colour, so its weights are added up once: a strip takes the time of its own samples, not of its canvas.
    static void alongRows(Raster8 from, Canvas canvas, Raster8 to, FilterTaps taps, int begin, int end) {
        FilterTaps inside = taps.within(canvas.left(), from.width());
        long[][] beside = beside(taps, inside, canvas.colour());
        long[] pair = new long[3 * from.width()];
        for (int y = begin; y < end; y += 2) {
            int other = Math.min(y + 1, end - 1);
            pack(from, y, other, pair);
            filterPair(pair, inside, beside, to.rgb(), 3 * to.width() * y, 3 * to.width() * other);
        }
    }

    /// What the canvas beside the picture adds to each new sample, with the half that rounds: `[3, to]`.
    private static long[][] beside(FilterTaps taps, FilterTaps inside, int colour) {
        long[][] sums = new long[3][taps.first().length];
        for (int x = 0; x < taps.first().length; x++) {
            int weight = taps.sum(x) - inside.sum(x);
            for (int c = 0; c < 3; c++) {
                long sum = HALF + (long) weight * (colour >> (16 - 8 * c) & 0xFF);
                sums[c][x] = (sum << 32) + sum;
            }
        }
        return sums;
    }

    private static void pack(Raster8 from, int y, int other, long[] pair) {
        byte[] rgb = from.rgb();
        int row = 3 * from.width();
        int low = row * y;
        int high = row * other;
        for (int i = 0; i < row; i++) {
            pair[i] = (rgb[low + i] & 0xFF) | (long) (rgb[high + i] & 0xFF) << 32;
        }
    }

    private static void filterPair(long[] pair, FilterTaps taps, long[][] beside, byte[] to, int low, int high) {
        int[] weights = taps.weights();
        for (int x = 0; x < taps.first().length; x++) {
            int from = 3 * taps.first()[x];
            int weight = x * taps.stride();
            int count = taps.count()[x];
            long red = beside[0][x];
            long green = beside[1][x];
            long blue = beside[2][x];
            for (int t = 0; t < count; t++) {
                long w = weights[weight + t];
                red += pair[from + 3 * t] * w;
                green += pair[from + 3 * t + 1] * w;
                blue += pair[from + 3 * t + 2] * w;
            }
            to[low++] = clip((int) red);
            to[low++] = clip((int) green);
            to[low++] = clip((int) blue);
            to[high++] = clip((int) ((red - (int) red) >> 32));
            to[high++] = clip((int) ((green - (int) green) >> 32));
            to[high++] = clip((int) ((blue - (int) blue) >> 32));
        }
    }

    /// Makes rows `begin` to `end - 1` of `to`.
    static void alongColumns(Raster8 from, Raster8 to, FilterTaps taps, int begin, int end) {
        int row = 3 * to.width();
        int[] sums = new int[row];
        for (int y = begin; y < end; y++) {
            Arrays.fill(sums, HALF);
            int weight = y * taps.stride();
            int source = taps.first()[y] * row;
            int last = weight + taps.count()[y];
            for (; weight + 4 <= last; weight += 4, source += 4 * row) {
                addRows(sums, from.rgb(), source, taps.weights(), weight);
            }
            for (; weight < last; weight++, source += row) {
                addRow(sums, from.rgb(), source, taps.weights()[weight]);
            }
            byte[] rgb = to.rgb();
            for (int i = 0; i < row; i++) {
                rgb[y * row + i] = clip(sums[i]);
            }
        }
    }

    /// Adds four weighted rows at once: the sums are read and written a quarter as often.
    private static void addRows(int[] sums, byte[] from, int source, int[] weights, int weight) {
        int row = sums.length;
        int w0 = weights[weight];
        int w1 = weights[weight + 1];
        int w2 = weights[weight + 2];
        int w3 = weights[weight + 3];
        for (int i = 0; i < row; i++) {
            sums[i] += (from[source + i] & 0xFF) * w0
                    + (from[source + row + i] & 0xFF) * w1
                    + (from[source + 2 * row + i] & 0xFF) * w2
                    + (from[source + 3 * row + i] & 0xFF) * w3;
        }
    }

    private static void addRow(int[] sums, byte[] from, int source, int weight) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += (from[source + i] & 0xFF) * weight;
        }
    }

    private static byte clip(int sum) {
        return (byte) Math.clamp(sum >> FilterTaps.FRACTION_BITS, 0, 255);
    }
}
