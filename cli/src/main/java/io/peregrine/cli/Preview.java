package io.peregrine.cli;

import io.peregrine.model.image.Image;
import io.peregrine.model.image.Resampling;

/// A picture for a terminal: each character cell shows two pixels, one above the other, in 24-bit colour.
final class Preview {

    private static final int COLUMNS = 40;
    private static final int ROWS = 14;

    private Preview() {}

    /// Lines of text with colour codes, at most 40 columns by 14 rows, indented by two.
    static String of(Image image) {
        double scale = Math.min(1, Math.min((double) COLUMNS / image.width(), 2.0 * ROWS / image.height()));
        int width = Math.max(1, (int) (image.width() * scale));
        int height = Math.max(2, (int) (image.height() * scale) / 2 * 2);
        Image small = image.resized(width, height, Resampling.BICUBIC);
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < height; y += 2) {
            text.append("  ");
            for (int x = 0; x < width; x++) {
                colour(text, 38, small, x, y);
                colour(text, 48, small, x, y + 1);
                text.append('▀');
            }
            text.append("\u001b[0m\n");
        }
        return text.toString();
    }

    private static void colour(StringBuilder text, int ground, Image image, int x, int y) {
        text.append("\u001b[").append(ground).append(";2");
        for (int channel = 0; channel < 3; channel++) {
            text.append(';').append(image.sample(x, y, channel));
        }
        text.append('m');
    }
}
