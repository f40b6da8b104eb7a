package io.peregrine.model.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.MultiPixelPackedSampleModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;

/// The samples of a `BufferedImage` as 8-bit RGB. Grey and RGB samples are taken as they are stored: no
/// profile and no gamma is applied (`BufferedImage.getRGB` brightens grey, 64 becomes 137). Of more than 8
/// bits the upper 8 are kept, fewer are stretched to 0...255; alpha is handled by [Transparency].
final class BufferedPixels {

    private BufferedPixels() {}

    static Raster8 of(BufferedImage picture, Transparency transparency) {
        Raster8 result = Raster8.blank(picture.getWidth(), picture.getHeight());
        ColorModel model = picture.getColorModel();
        if (model instanceof IndexColorModel palette) {
            indexed(picture.getRaster(), palette, transparency, result);
        } else if (plain(model)) {
            components(picture.getRaster(), model, transparency, result);
        } else {
            converted(picture.getRaster(), model, transparency, result);
        }
        return result;
    }

    /// `over white` of one 8-bit sample, rounded as Pillow's `paste` with a mask does.
    static int over(int sample, int alpha) {
        int t = 255 * (255 - alpha) + sample * alpha + 128;
        return (t + (t >> 8)) >> 8;
    }

    /// Fails if a sample of a file names a colour that its palette of `size` does not have.
    static void checkIndices(PictureBytes file, Raster raster, int size) {
        if (size >= 1 << raster.getSampleModel().getSampleSize(0)) {
            return;
        }
        Rows rows = new Rows(raster);
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int index : rows.read(y)) {
                if (index >= size) {
                    throw file.damaged("colour " + index + " in row " + y + ", but the palette has " + size);
                }
            }
        }
    }

    /// Grey or RGB with unsigned integers of at most 16 bits.
    private static boolean plain(ColorModel model) {
        int type = model.getColorSpace().getType();
        if (type != ColorSpace.TYPE_GRAY && type != ColorSpace.TYPE_RGB) {
            return false;
        }
        for (int bits : model.getComponentSize()) {
            if (bits > 16) {
                return false;
            }
        }
        int transfer = model.getTransferType();
        return transfer == DataBuffer.TYPE_BYTE
                || transfer == DataBuffer.TYPE_USHORT
                || transfer == DataBuffer.TYPE_INT;
    }

    private static void indexed(Raster raster, IndexColorModel palette, Transparency transparency, Raster8 result) {
        int size = palette.getMapSize();
        byte[] red = new byte[size];
        byte[] green = new byte[size];
        byte[] blue = new byte[size];
        for (int i = 0; i < size; i++) {
            int alpha = transparency == Transparency.DROP ? 255 : palette.getAlpha(i);
            red[i] = (byte) over(palette.getRed(i), alpha);
            green[i] = (byte) over(palette.getGreen(i), alpha);
            blue[i] = (byte) over(palette.getBlue(i), alpha);
        }
        byte[] rgb = result.rgb();
        Rows rows = new Rows(raster);
        int t = 0;
        for (int y = 0; y < result.height(); y++) {
            int[] row = rows.read(y);
            for (int x = 0; x < result.width(); x++) {
                int index = row[x];
                if (index >= size) {
                    throw new IllegalArgumentException("colour " + index + " of a palette of " + size);
                }
                rgb[t++] = red[index];
                rgb[t++] = green[index];
                rgb[t++] = blue[index];
            }
        }
    }

    private static void components(Raster raster, ColorModel model, Transparency transparency, Raster8 result) {
        int bands = raster.getNumBands();
        int colours = model.getNumColorComponents();
        int second = colours == 3 ? 1 : 0; // of grey, the one band is all three
        int third = colours == 3 ? 2 : 0;
        boolean alpha = model.hasAlpha();
        byte[] rgb = result.rgb();
        Rows rows = new Rows(raster);
        int t = 0;
        for (int y = 0; y < result.height(); y++) {
            int[] row = rows.read(y);
            for (int b = 0; b < bands; b++) {
                toEightBits(row, b, bands, model.getComponentSize(b));
            }
            if (alpha) {
                applyAlpha(row, colours, model.isAlphaPremultiplied(), transparency);
            }
            for (int i = 0; i < row.length; i += bands) {
                rgb[t++] = (byte) row[i];
                rgb[t++] = (byte) row[i + second];
                rgb[t++] = (byte) row[i + third];
            }
        }
    }

    private static void toEightBits(int[] row, int band, int bands, int bits) {
        if (bits > 8) {
            for (int i = band; i < row.length; i += bands) {
                row[i] >>>= bits - 8;
            }
        } else if (bits < 8) {
            int most = (1 << bits) - 1;
            for (int i = band; i < row.length; i += bands) {
                row[i] = row[i] * 255 / most;
            }
        }
    }

    /// @param row pixels of `colours` samples and an alpha sample, 8 bits each
    private static void applyAlpha(int[] row, int colours, boolean premultiplied, Transparency transparency) {
        for (int i = 0; i < row.length; i += colours + 1) {
            int alpha = row[i + colours];
            for (int c = i; c < i + colours; c++) {
                int sample = row[c];
                if (premultiplied) {
                    sample = alpha == 0 ? 0 : Math.min(255, (sample * 255 + alpha / 2) / alpha);
                }
                row[c] = transparency == Transparency.DROP ? sample : over(sample, alpha);
            }
        }
    }

    /// What is neither grey nor RGB goes the way of its own colour model.
    private static void converted(Raster raster, ColorModel model, Transparency transparency, Raster8 result) {
        byte[] rgb = result.rgb();
        int t = 0;
        for (int y = 0; y < result.height(); y++) {
            for (int x = 0; x < result.width(); x++) {
                Object pixel = raster.getDataElements(raster.getMinX() + x, raster.getMinY() + y, null);
                int argb = model.getRGB(pixel);
                int alpha = transparency == Transparency.DROP ? 255 : argb >>> 24;
                rgb[t++] = (byte) over(argb >> 16 & 0xFF, alpha);
                rgb[t++] = (byte) over(argb >> 8 & 0xFF, alpha);
                rgb[t++] = (byte) over(argb & 0xFF, alpha);
            }
        }
    }

    /// Reads rows of a raster as unsigned samples, bands interleaved.
    private static final class Rows {

        private final Raster raster;
        private final int[] samples;
        private byte[] bytes = {};
        private short[] shorts = {};

        Rows(Raster raster) {
            this.raster = raster;
            this.samples = new int[raster.getWidth() * raster.getNumBands()];
            SampleModel model = raster.getSampleModel();
            if (model instanceof ComponentSampleModel || model instanceof MultiPixelPackedSampleModel) {
                // One element of the transfer type holds one sample; `getPixels` is many times slower.
                switch (raster.getTransferType()) {
                    case DataBuffer.TYPE_BYTE -> bytes = new byte[samples.length];
                    case DataBuffer.TYPE_USHORT -> shorts = new short[samples.length];
                    default -> {}
                }
            }
        }

        /// The row at `y`, counted from the top of the picture; valid until the next call.
        int[] read(int y) {
            int x0 = raster.getMinX();
            int y0 = raster.getMinY() + y;
            if (bytes.length > 0) {
                raster.getDataElements(x0, y0, raster.getWidth(), 1, bytes);
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = bytes[i] & 0xFF;
                }
                return samples;
            }
            if (shorts.length > 0) {
                raster.getDataElements(x0, y0, raster.getWidth(), 1, shorts);
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = shorts[i] & 0xFFFF;
                }
                return samples;
            }
            return raster.getPixels(x0, y0, raster.getWidth(), 1, samples);
        }
    }
}
