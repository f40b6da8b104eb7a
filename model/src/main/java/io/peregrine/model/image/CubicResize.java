package io.peregrine.model.image;

import java.util.Arrays;

/// Bicubic resizing as llama.cpp does it, bit for bit: the new sample of index `i` lies at `i` times the
/// ratio of the sizes (no shift by half a sample), a cubic goes through four old samples in each direction
/// whatever the scale (no antialiasing), and the result is rounded. Coefficients in f64, the rest in f32.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`resize_bicubic`).
record CubicResize() implements Resize {

    @Override
    public Raster8 resize(Raster8 source, Canvas canvas, int width, int height) {
        if (width == canvas.width() && height == canvas.height()) {
            return Geometry.place(source, width, height, canvas.left(), canvas.top(), canvas.colour());
        }
        Lines lines = new Lines(source, canvas, width);
        float down = (float) canvas.height() / height;
        Raster8 result = Raster8.blank(width, height);
        byte[] to = result.rgb();
        int t = 0;
        for (int y = 0; y < height; y++) {
            float place = down * y;
            int row = (int) place;
            float depth = place - row;
            float[] first = lines.at(row - 1);
            float[] second = lines.at(row);
            float[] third = lines.at(row + 1);
            float[] fourth = lines.at(row + 2);
            for (int i = 0; i < 3 * width; i++) {
                float sample = cubic(first[i], second[i], third[i], fourth[i], depth);
                to[t++] = (byte) Math.clamp(Math.round(sample), 0, 255);
            }
        }
        return result;
    }

    /// The cubic through four samples at -1, 0, 1 and 2.
    private static float cubic(float before, float at, float after, float behind, float part) {
        float d0 = before - at;
        float d2 = after - at;
        float d3 = behind - at;
        float a1 = (float) (-1.0 / 3 * d0 + d2 - 1.0 / 6 * d3);
        float a2 = (float) (1.0 / 2 * d0 + 1.0 / 2 * d2);
        float a3 = (float) (-1.0 / 6 * d0 - 1.0 / 2 * d2 + 1.0 / 6 * d3);
        return at + a1 * part + a2 * part * part + a3 * part * part * part;
    }

    /// Lines of the canvas, resized along their length; the last four are kept.
    private static final class Lines {

        private final Raster8 source;
        private final Canvas canvas;
        private final int width;
        private final byte[] stored;
        private final float[][] lines;
        private final int[] held = new int[4];

        Lines(Raster8 source, Canvas canvas, int width) {
            this.source = source;
            this.canvas = canvas;
            this.width = width;
            stored = new byte[3 * canvas.width()];
            lines = new float[4][3 * width];
            Arrays.fill(held, -1);
        }

        /// @param row of the canvas; beyond its borders the border itself counts
        float[] at(int row) {
            int inside = Math.clamp(row, 0, canvas.height() - 1);
            int slot = inside % 4;
            if (held[slot] != inside) {
                canvas.row(source, inside, stored);
                fill(lines[slot]);
                held[slot] = inside;
            }
            return lines[slot];
        }

        private void fill(float[] line) {
            float across = (float) canvas.width() / width;
            for (int x = 0; x < width; x++) {
                float place = across * x;
                int column = (int) place;
                float part = place - column;
                for (int c = 0; c < 3; c++) {
                    line[3 * x + c] = cubic(
                            stored(column - 1, c),
                            stored(column, c),
                            stored(column + 1, c),
                            stored(column + 2, c),
                            part);
                }
            }
        }

        private int stored(int column, int channel) {
            return stored[3 * Math.clamp(column, 0, canvas.width() - 1) + channel] & 0xFF;
        }
    }
}
