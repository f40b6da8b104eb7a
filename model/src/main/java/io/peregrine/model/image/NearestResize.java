package io.peregrine.model.image;

/// Takes the sample nearest to the middle of each new one, with the exact results of Pillow's `NEAREST`.
record NearestResize() implements Resize {

    @Override
    public Raster8 resize(Raster8 source, Canvas canvas, int width, int height) {
        int[] columns = nearest(canvas.width(), width);
        int[] rows = nearest(canvas.height(), height);
        Raster8 result = Raster8.blank(width, height);
        byte[] to = result.rgb();
        int t = 0;
        for (int row : rows) {
            int y = row - canvas.top();
            for (int column : columns) {
                int x = column - canvas.left();
                if (y >= 0 && y < source.height() && x >= 0 && x < source.width()) {
                    System.arraycopy(source.rgb(), 3 * (y * source.width() + x), to, t, 3);
                } else {
                    to[t] = (byte) (canvas.colour() >> 16);
                    to[t + 1] = (byte) (canvas.colour() >> 8);
                    to[t + 2] = (byte) canvas.colour();
                }
                t += 3;
            }
        }
        return result;
    }

    /// Places are added up, not multiplied: the rounding is part of the result.
    private static int[] nearest(int from, int to) {
        double step = (double) from / to;
        int[] samples = new int[to];
        double place = step * 0.5;
        for (int i = 0; i < to; i++) {
            samples[i] = Math.min((int) place, from - 1);
            place += step;
        }
        return samples;
    }
}
