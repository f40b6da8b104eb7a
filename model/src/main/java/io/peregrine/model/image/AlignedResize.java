package io.peregrine.model.image;

/// Bilinear resizing as llama.cpp does it, bit for bit: the corners of the new picture are those of the old
/// one, each new sample lies between four old ones whatever the scale (no antialiasing), and fractions are
/// cut off. All in f32.
///
/// Source: `ggml-org/llama.cpp : tools/mtmd/mtmd-image.cpp` (`resize_bilinear`).
record AlignedResize() implements Resize {

    @Override
    public Raster8 resize(Raster8 source, Canvas canvas, int width, int height) {
        if (width == canvas.width() && height == canvas.height()) {
            return Geometry.place(source, width, height, canvas.left(), canvas.top(), canvas.colour());
        }
        float across = ratio(canvas.width(), width);
        float down = ratio(canvas.height(), height);
        byte[] upper = new byte[3 * canvas.width()];
        byte[] lower = new byte[3 * canvas.width()];
        Raster8 result = Raster8.blank(width, height);
        for (int y = 0; y < height; y++) {
            float place = y * down;
            int row = Math.min((int) place, canvas.height() - 1);
            canvas.row(source, row, upper);
            canvas.row(source, Math.min(row + 1, canvas.height() - 1), lower);
            mix(upper, lower, place - row, across, canvas.width(), result.rgb(), 3 * width * y, width);
        }
        return result;
    }

    private static float ratio(int from, int to) {
        return to > 1 ? (float) (from - 1) / (to - 1) : 0;
    }

    private static void mix(
            byte[] upper, byte[] lower, float depth, float across, int samples, byte[] to, int start, int width) {
        for (int x = 0; x < width; x++) {
            float place = x * across;
            int left = Math.min((int) place, samples - 1);
            int right = Math.min(left + 1, samples - 1);
            float part = place - left;
            for (int c = 0; c < 3; c++) {
                float above = between(upper[3 * left + c] & 0xFF, upper[3 * right + c] & 0xFF, part);
                float below = between(lower[3 * left + c] & 0xFF, lower[3 * right + c] & 0xFF, part);
                to[start + 3 * x + c] = (byte) Math.clamp((int) between(above, below, depth), 0, 255);
            }
        }
    }

    private static float between(float first, float second, float part) {
        return first + (second - first) * part;
    }
}
