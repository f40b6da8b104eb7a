package io.peregrine.model.image;

import java.awt.image.Raster;

/// What the components of a JPEG mean, and how they become RGB. The arithmetic is that of libjpeg
/// (`jdcolor.c`) for Y'CbCr and of Pillow for CMYK, both exact, so that a picture is the same here as in the
/// Python programs that models were trained with.
enum JpegColours {
    GREY,
    RGB,
    YCC,
    /// Ink is stored inverted (255 is none), as Adobe's programs write it.
    CMYK,
    /// CMYK whose first three components went through the same transform as RGB to Y'CbCr.
    YCCK;

    /// 2^16 times the factors of ITU-T T.871, rounded.
    private static final int RED_OF_CR = 91_881;

    private static final int GREEN_OF_CB = -22_554;
    private static final int GREEN_OF_CR = -46_802;
    private static final int BLUE_OF_CB = 116_130;
    private static final int HALF = 1 << 15;

    static Raster8 toRgb(Raster components, JpegColours colours) {
        Raster8 result = Raster8.blank(components.getWidth(), components.getHeight());
        byte[] row = new byte[components.getWidth() * components.getNumBands()];
        for (int y = 0; y < result.height(); y++) {
            components.getDataElements(components.getMinX(), components.getMinY() + y, result.width(), 1, row);
            colours.convert(row, result.rgb(), y * result.width() * 3);
        }
        return result;
    }

    /// @param row one row of samples, components interleaved
    /// @param to receives three samples for each pixel, from `t`
    private void convert(byte[] row, byte[] to, int t) {
        switch (this) {
            case GREY -> {
                for (byte sample : row) {
                    to[t++] = sample;
                    to[t++] = sample;
                    to[t++] = sample;
                }
            }
            case RGB -> System.arraycopy(row, 0, to, t, row.length);
            case YCC -> {
                for (int i = 0; i < row.length; i += 3, t += 3) {
                    ycc(row, i, to, t);
                }
            }
            case CMYK -> {
                for (int i = 0; i < row.length; i += 4, t += 3) {
                    System.arraycopy(row, i, to, t, 3);
                    ink(to, t, row[i + 3] & 0xFF);
                }
            }
            case YCCK -> {
                for (int i = 0; i < row.length; i += 4, t += 3) {
                    ycc(row, i, to, t);
                    for (int c = t; c < t + 3; c++) {
                        to[c] = (byte) (255 - (to[c] & 0xFF));
                    }
                    ink(to, t, row[i + 3] & 0xFF);
                }
            }
        }
    }

    private static void ycc(byte[] from, int f, byte[] to, int t) {
        int y = from[f] & 0xFF;
        int cb = (from[f + 1] & 0xFF) - 128;
        int cr = (from[f + 2] & 0xFF) - 128;
        to[t] = clamp(y + ((RED_OF_CR * cr + HALF) >> 16));
        to[t + 1] = clamp(y + ((GREEN_OF_CB * cb + GREEN_OF_CR * cr + HALF) >> 16));
        to[t + 2] = clamp(y + ((BLUE_OF_CB * cb + HALF) >> 16));
    }

    /// Three stored inks at `t` become the RGB of the same inks under `black`, which is stored inverted as
    /// well.
    private static void ink(byte[] rgb, int t, int black) {
        for (int c = t; c < t + 3; c++) {
            int product = (255 - (rgb[c] & 0xFF)) * black + 128;
            rgb[c] = clamp(black - ((product + (product >> 8)) >> 8));
        }
    }

    private static byte clamp(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }
}
