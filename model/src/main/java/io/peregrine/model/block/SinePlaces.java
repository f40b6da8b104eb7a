package io.peregrine.model.block;

/// Sines and cosines of the places of patches, for views of any size: the first half of a vector tells the column, the
/// second the line, each as `dim / 4` sines and then as many cosines of wavelengths from `2 pi` to nearly `10000 * 2 pi`.
///
/// Source: arXiv 1706.03762, 3.5; in two dimensions `facebookresearch/mae : util/pos_embed.py`, which
/// `resampler.py` of the checkpoint `openbmb/MiniCPM-V-2_6` follows.
///
/// @param dim a multiple of 4
public record SinePlaces(int dim) implements PatchPlaces {

    private static final double BASE = 10000;

    public SinePlaces {
        if (dim < 4 || dim % 4 != 0) {
            throw new IllegalArgumentException("sines and cosines of two axes in vectors of " + dim);
        }
    }

    @Override
    public float[] of(int lines, int columns) {
        float[] places = new float[Math.multiplyExact(Math.multiplyExact(lines, columns), dim)];
        int half = dim / 2;
        float[] across = waves(columns);
        float[] down = waves(lines);
        for (int line = 0, at = 0; line < lines; line++) {
            for (int column = 0; column < columns; column++, at += dim) {
                System.arraycopy(across, column * half, places, at, half);
                System.arraycopy(down, line * half, places, at + half, half);
            }
        }
        return places;
    }

    /// `[count, dim / 2]`.
    private float[] waves(int count) {
        int quarter = dim / 4;
        float[] waves = new float[Math.multiplyExact(count, 2 * quarter)];
        for (int i = 0; i < quarter; i++) {
            double frequency = Math.pow(BASE, -(double) i / quarter);
            for (int place = 0; place < count; place++) {
                waves[place * 2 * quarter + i] = (float) Math.sin(place * frequency);
                waves[place * 2 * quarter + quarter + i] = (float) Math.cos(place * frequency);
            }
        }
        return waves;
    }
}
