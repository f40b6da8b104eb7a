package io.peregrine.model.image;

import java.util.ArrayList;
import java.util.List;

/// What turns 8-bit samples into the numbers a vision tower was trained on: `(v / 255 - mean) / std` for each
/// channel, in f32.
public final class Normalisation {

    /// The constants of OpenAI's CLIP, which LLaVA, MiniGPT-4, Osprey and Qwen-VL use as well.
    public static final Normalisation CLIP = new Normalisation(
            new float[] {0.48145466f, 0.4578275f, 0.40821073f}, new float[] {0.26862954f, 0.26130258f, 0.27577711f});

    private final float[] mean;

    /// The result for each channel and value, `[3, 256]`.
    private final float[] table = new float[3 * 256];

    /// @param mean of red, green, blue, where 1 is full
    /// @param std of red, green, blue, above 0
    public Normalisation(float[] mean, float[] std) {
        if (mean.length != 3 || std.length != 3) {
            throw new IllegalArgumentException(
                    "mean and std have " + mean.length + " and " + std.length + " values, expected 3 each");
        }
        this.mean = mean.clone();
        for (int c = 0; c < 3; c++) {
            if (!Float.isFinite(mean[c]) || !Float.isFinite(std[c]) || std[c] <= 0) {
                throw new IllegalArgumentException("mean and std of channel " + c + " are " + mean[c] + " and " + std[c]
                        + ", expected finite numbers and std above 0");
            }
            for (int v = 0; v < 256; v++) {
                table[256 * c + v] = ((float) (v * (1 / 255.0)) - mean[c]) / std[c];
            }
        }
    }

    /// The mean as a colour, `0xRRGGBB`, each channel cut down to a whole number: LLaVA fills padding with
    /// it.
    public int meanColour() {
        int colour = 0;
        for (float channel : mean) {
            colour = colour << 8 | Math.clamp((int) (channel * 255.0), 0, 255);
        }
        return colour;
    }

    /// The tiles of a picture, line by line.
    ///
    /// @param width of a tile, a divisor of the picture's
    /// @param height of a tile, likewise
    /// @throws IllegalArgumentException if tiles do not fill the picture
    public List<Pixels> tiles(Image image, int width, int height) {
        if (image.width() % width != 0 || image.height() % height != 0) {
            throw new IllegalArgumentException(image.width() + " x " + image.height() + " pixels in tiles of " + width
                    + " x " + height);
        }
        List<Pixels> tiles = new ArrayList<>();
        for (int top = 0; top < image.height(); top += height) {
            for (int left = 0; left < image.width(); left += width) {
                tiles.add(apply(image.cropped(left, top, width, height)));
            }
        }
        return tiles;
    }

    /// @return as large as the picture; computed when it is needed
    public Pixels apply(Image image) {
        return Pixels.later(image.width(), image.height(), () -> values(image));
    }

    private float[] values(Image image) {
        byte[] rgb = image.raster().rgb();
        float[] values = new float[rgb.length];
        for (int i = 0; i < rgb.length; i += 3) {
            values[i] = table[rgb[i] & 0xFF];
            values[i + 1] = table[256 + (rgb[i + 1] & 0xFF)];
            values[i + 2] = table[512 + (rgb[i + 2] & 0xFF)];
        }
        return values;
    }
}
