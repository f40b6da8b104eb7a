package io.peregrine.cli;

import io.peregrine.model.answer.Place;
import io.peregrine.model.answer.Point;
import io.peregrine.model.image.Image;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/// A copy of a picture on which places are outlined, with their labels.
final class Drawing {

    /// Far apart, also for most people who do not see all colours. Source: Okabe and Ito, "Color Universal
    /// Design".
    private static final List<Color> COLOURS = List.of(
            new Color(0xD55E00),
            new Color(0x0072B2),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0xF0E442));

    private static final int LEAST_STROKE = 2;
    private static final int STROKES_OF_A_SIDE = 250;
    private static final int LEAST_FONT = 11;
    private static final int LINES_OF_A_SIDE = 30;

    private final BufferedImage canvas;
    private final int stroke;
    private int drawn;

    Drawing(Image picture) {
        canvas = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
        byte[] rgb = picture.toRgb();
        int[] row = new int[picture.width()];
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < row.length; x++) {
                int at = 3 * (y * row.length + x);
                row[x] = (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | rgb[at + 2] & 0xFF;
            }
            canvas.setRGB(0, y, row.length, 1, row, 0, row.length);
        }
        stroke = Math.max(LEAST_STROKE, shorterSide() / STROKES_OF_A_SIDE);
    }

    private int shorterSide() {
        return Math.min(canvas.getWidth(), canvas.getHeight());
    }

    /// Outlines places, each in the next colour, labels on top of all outlines.
    Drawing add(List<Place> places) {
        Graphics2D graphics = canvas.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setStroke(new BasicStroke(stroke, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
            int first = drawn;
            for (Place place : places) {
                graphics.setColor(colour(drawn++));
                graphics.drawPolygon(outline(place));
            }
            if (places.stream().anyMatch(place -> !place.label().isEmpty())) {
                label(graphics, places, first);
            }
        } finally {
            graphics.dispose();
        }
        return this;
    }

    private static Color colour(int number) {
        return COLOURS.get(number % COLOURS.size());
    }

    /// The corners, moved inwards so far that the line is not cut at the picture's edge.
    private Polygon outline(Place place) {
        Polygon outline = new Polygon();
        int margin = stroke / 2;
        for (Point.Pixel corner : place.pixels(canvas.getWidth(), canvas.getHeight())) {
            outline.addPoint(
                    Math.clamp(corner.x(), margin, Math.max(margin, canvas.getWidth() - 1 - margin)),
                    Math.clamp(corner.y(), margin, Math.max(margin, canvas.getHeight() - 1 - margin)));
        }
        return outline;
    }

    /// Some installations of Java come without fonts, and say so in many ways; outlines are then better than
    /// nothing.
    private void label(Graphics2D graphics, List<Place> places, int first) {
        try {
            graphics.setRenderingHint(
                    RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setFont(
                    new Font(Font.SANS_SERIF, Font.BOLD, Math.max(LEAST_FONT, shorterSide() / LINES_OF_A_SIDE)));
            for (int i = 0; i < places.size(); i++) {
                label(graphics, places.get(i), colour(first + i));
            }
        } catch (RuntimeException | LinkageError | InternalError e) {
            System.err.println("note: labels are not drawn: Java finds no fonts (" + e.getMessage() + ")");
        }
    }

    /// Above the place's first corner or, where there is no room, below it.
    private void label(Graphics2D graphics, Place place, Color colour) {
        if (place.label().isEmpty()) {
            return;
        }
        FontMetrics metrics = graphics.getFontMetrics();
        int width = metrics.stringWidth(place.label()) + 2 * stroke;
        int height = metrics.getHeight();
        Point.Pixel corner = place.pixels(canvas.getWidth(), canvas.getHeight()).getFirst();
        int x = Math.clamp(corner.x(), 0, Math.max(0, canvas.getWidth() - width));
        int y = corner.y() >= height ? corner.y() - height : Math.min(corner.y(), canvas.getHeight() - height);
        graphics.setColor(colour);
        graphics.fillRect(x, y, width, height);
        int brightness = (299 * colour.getRed() + 587 * colour.getGreen() + 114 * colour.getBlue()) / 1000;
        graphics.setColor(brightness < 128 ? Color.WHITE : Color.BLACK);
        graphics.drawString(place.label(), x + stroke, y + metrics.getAscent());
    }

    /// Writes a PNG file.
    void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            if (!ImageIO.write(canvas, "png", out)) {
                throw new IOException(file + ": this Java cannot write PNG files");
            }
        }
    }
}
