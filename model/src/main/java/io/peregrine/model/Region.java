package io.peregrine.model;

import io.peregrine.model.image.Image;
import io.peregrine.model.image.ImageOptions;
import io.peregrine.model.image.Mask;
import io.peregrine.model.image.Transparency;
import java.nio.file.Path;
import java.util.Arrays;

/// A part of a picture that a prompt speaks of, for models that were trained with regions, such as Osprey. Immutable.
///
/// It belongs to the image in front of it in the prompt, and is compared with that image's size when the prompt is
/// read.
public final class Region {

    private static final int POINTS = 3;

    /// What a region was made from.
    private sealed interface Shape {}

    private record Picture(Mask mask) implements Shape {}

    private record Box(int x, int y, int width, int height) implements Shape {}

    private record Outline(double[] points) implements Shape {}

    private final Shape shape;

    private Region(Shape shape) {
        this.shape = shape;
    }

    /// What is not black in a picture of the size of the image that the region belongs to.
    public static Region mask(Image mask) {
        return new Region(new Picture(Mask.of(mask)));
    }

    /// As [#mask], from a file of any depth and colour type. Transparency is left out of account; of samples of more
    /// than 8 bits the upper 8 count.
    ///
    /// @throws io.peregrine.model.image.ImageFormatException if it is no whole picture
    /// @throws io.peregrine.core.ResourceLimitException if it is larger than the limits of pictures
    public static Region read(Path file) {
        return mask(Image.read(file, ImageOptions.DEFAULT.withTransparency(Transparency.DROP)));
    }

    /// A rectangle of whole pixels.
    ///
    /// @param x column of the first pixel
    /// @param y row of the first pixel
    /// @param width at least 1
    /// @param height at least 1
    /// @throws IllegalArgumentException if it has no pixel, or a negative corner
    public static Region box(int x, int y, int width, int height) {
        if (x < 0 || y < 0 || width < 1 || height < 1) {
            throw new IllegalArgumentException("box " + x + "," + y + "," + width + "," + height
                    + ": expected a corner of at least 0,0 and sides of at least 1");
        }
        return new Region(new Box(x, y, width, height));
    }

    /// The inside of a closed line by the even-odd rule: what the line encloses twice is a hole. A pixel is inside if
    /// its middle is.
    ///
    /// @param points `x, y, x, y, ...` in pixels from the upper left corner of the image, whose lower right corner is
    ///     `width, height`
    /// @throws IllegalArgumentException if there are fewer than three points, or one has no or no finite `y`
    public static Region polygon(double... points) {
        if (points.length < 2 * POINTS || points.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "a polygon of " + points.length + " numbers, expected x and y of at least " + POINTS + " points");
        }
        for (double number : points) {
            if (!Double.isFinite(number)) {
                throw new IllegalArgumentException("a polygon with a point at " + number);
            }
        }
        return new Region(new Outline(points.clone()));
    }

    /// Its pixels.
    ///
    /// @param number of the region in the prompt, from 0
    /// @param image that it belongs to
    /// @throws PromptException if it does not fit the image, or has no pixel of it
    Mask on(Image image, int number) {
        Mask mask = switch (shape) {
            case Picture picture -> picture.mask;
            case Box box -> box(box, image, number);
            case Outline outline -> outline(outline.points, image, number);
        };
        if (mask.width() != image.width() || mask.height() != image.height()) {
            throw new PromptException(
                    name(number) + " is a mask of " + mask.width() + " x " + mask.height() + " pixels, its image has "
                            + size(image),
                    "make the mask as large as the image");
        }
        if (mask.pixels() == 0) {
            throw new PromptException(
                    name(number) + " has no pixel of its image", "mark at least one pixel (a mask is black elsewhere)");
        }
        return mask;
    }

    private static Mask box(Box box, Image image, int number) {
        if (box.width > image.width() - box.x || box.height > image.height() - box.y) {
            throw new PromptException(
                    name(number) + " is the box " + box.x + "," + box.y + "," + box.width + "," + box.height
                            + ", which leaves its image of " + size(image),
                    "give x,y,width,height in pixels of the image");
        }
        return Mask.box(image.width(), image.height(), box.x, box.y, box.x + box.width, box.y + box.height);
    }

    private static Mask outline(double[] points, Image image, int number) {
        for (int i = 0; i < points.length; i += 2) {
            double x = points[i];
            double y = points[i + 1];
            if (x < 0 || y < 0 || x > image.width() || y > image.height()) {
                throw new PromptException(
                        name(number) + " is a polygon with a point at " + x + "," + y + ", outside of its image of "
                                + size(image),
                        "give points in pixels of the image");
            }
        }
        return Mask.polygon(image.width(), image.height(), points);
    }

    private static String name(int number) {
        return "region " + (number + 1);
    }

    private static String size(Image image) {
        return image.width() + " x " + image.height() + " pixels";
    }

    @Override
    public String toString() {
        return switch (shape) {
            case Picture picture -> "Region[" + picture.mask + "]";
            case Box box -> "Region[" + box + "]";
            case Outline outline -> "Region[polygon " + Arrays.toString(outline.points) + "]";
        };
    }
}
