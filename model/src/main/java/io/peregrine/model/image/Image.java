package io.peregrine.model.image;

import io.peregrine.core.ResourceLimitException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// A picture: 8-bit RGB samples `[height, width, 3]`, upright, opaque. Immutable; what looks like a change
/// makes a new picture. Safe to share between threads.
///
/// A picture made from another one knows its size at once, and computes its samples when they are first asked for;
/// until then it holds the other one. So a picture can be planned for a model, and refused, before it costs anything.
///
/// Files are PNG, JPEG, GIF (first frame) or BMP by their content, are taken as hostile, and are checked
/// before anything is decoded; a picture that is cut short or damaged is refused and never shown in part.
public final class Image {

    private final int width;
    private final int height;
    private final Later<Raster8> raster;
    private final List<String> notes;

    private Image(int width, int height, Later<Raster8> raster, List<String> notes) {
        this.width = width;
        this.height = height;
        this.raster = raster;
        this.notes = notes;
    }

    private Image(Raster8 raster, List<String> notes) {
        this(raster.width(), raster.height(), Later.known(raster), notes);
    }

    /// A picture whose samples are computed when they are needed.
    ///
    /// @throws ResourceLimitException if no array could hold them
    private static Image later(int width, int height, Supplier<Raster8> raster) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture of " + width + " x " + height + " pixels");
        }
        if ((long) width * height > ImageLimits.MOST_PIXELS) {
            throw new ResourceLimitException(
                    "area of a resized picture",
                    width + " x " + height + " pixels",
                    ImageLimits.MOST_PIXELS + " pixels",
                    "show a part of the picture");
        }
        return new Image(width, height, new Later<>(raster), List.of());
    }

    /// Reads a file with [ImageOptions#DEFAULT]; errors as in [#read(Path, ImageOptions)].
    public static Image read(Path file) {
        return read(file, ImageOptions.DEFAULT);
    }

    /// Reads a file.
    ///
    /// @throws ImageFormatException if it cannot be read or is no whole picture of a format above
    /// @throws ResourceLimitException if it is larger than the limits
    public static Image read(Path file, ImageOptions options) {
        String name = file.toString();
        if (!Files.exists(file)) {
            throw new ImageFormatException(name, "no such file", "check the path");
        }
        if (!Files.isRegularFile(file)) {
            String kind = Files.isDirectory(file) ? "a directory" : "no regular file";
            throw new ImageFormatException(name, "this is " + kind + ", expected a picture", "give a picture file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            options.limits().checkBytes(name, Files.size(file));
            byte[] bytes = in.readNBytes((int) options.limits().maxBytes() + 1);
            return read(bytes, name, options);
        } catch (IOException e) {
            throw new ImageFormatException(
                    name, "the file cannot be read (" + e.getClass().getSimpleName() + ")", "check its permissions", e);
        }
    }

    /// Reads an encoded picture in memory with [ImageOptions#DEFAULT]; errors as in
    /// [#read(byte[], String, ImageOptions)].
    public static Image read(byte[] encoded) {
        return read(encoded, "picture", ImageOptions.DEFAULT);
    }

    /// Reads an encoded picture in memory.
    ///
    /// @param encoded the content of a picture file; not changed, and must not change meanwhile
    /// @param name what messages call it
    /// @throws ImageFormatException if it is no whole picture of a format above
    /// @throws ResourceLimitException if it is larger than the limits
    public static Image read(byte[] encoded, String name, ImageOptions options) {
        options.limits().checkBytes(name, encoded.length);
        EncodedPicture picture = EncodedPicture.parse(name, encoded, options.limits());
        try {
            Raster8 stored = picture.decode(options.transparency());
            return new Image(picture.orientation().upright(stored), List.copyOf(picture.notes()));
        } catch (OutOfMemoryError e) {
            throw new ImageFormatException(
                    name,
                    "not enough memory to decode " + picture.width() + " x " + picture.height() + " pixels (heap of "
                            + (Runtime.getRuntime().maxMemory() >> 20) + " MiB)",
                    "make the picture smaller, or the heap larger with -Xmx",
                    e);
        }
    }

    /// Copies a picture of any type over white. Grey and RGB samples are taken as they are, whatever profile
    /// they belong to; other colour spaces go through their own colour model.
    public static Image of(BufferedImage picture) {
        return new Image(BufferedPixels.of(picture, Transparency.OVER_WHITE), List.of());
    }

    /// A picture of samples `[height, width, 3]`, which are copied.
    public static Image of(byte[] rgb, int width, int height) {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    rgb.length + " samples for " + width + " x " + height + " pixels of 3 samples");
        }
        return new Image(new Raster8(width, height, rgb.clone()), List.of());
    }

    /// Pixels from left to right.
    public int width() {
        return width;
    }

    /// Pixels from top to bottom.
    public int height() {
        return height;
    }

    /// One sample, 0 to 255.
    ///
    /// @param channel 0 red, 1 green, 2 blue
    public int sample(int x, int y, int channel) {
        Objects.checkIndex(x, width());
        Objects.checkIndex(y, height());
        Objects.checkIndex(channel, 3);
        return raster().rgb()[3 * (y * width + x) + channel] & 0xFF;
    }

    /// A copy of the samples, `[height, width, 3]`.
    public byte[] toRgb() {
        return raster().rgb().clone();
    }

    /// What is worth telling about how the file was read, such as "the first of 12 frames"; often empty. A
    /// picture made from another one has none.
    public List<String> notes() {
        return notes;
    }

    /// What tells it from other pictures: a SHA-256 of its size and its samples.
    public byte[] digest() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(ByteBuffer.allocate(2 * Integer.BYTES)
                    .putInt(width())
                    .putInt(height())
                    .flip());
            return sha.digest(raster().rgb());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// The samples themselves, for this package: not to be changed.
    Raster8 raster() {
        return raster.get();
    }

    /// The whole picture at another size; its shape may change.
    ///
    /// @throws ResourceLimitException if that is more than 700,000,000 pixels
    public Image resized(int width, int height, Resampling resampling) {
        return later(width, height, () -> resampling.resize(raster(), Canvas.tight(raster()), width, height));
    }

    /// Resized to a shorter side of `side`, the longer one in proportion and cut down to a whole number, as
    /// Hugging Face's processors do.
    public Image resizedToShorterSide(int side, Resampling resampling) {
        int shorter = Math.min(width(), height());
        int longer = (int) Math.min((long) side * Math.max(width(), height()) / shorter, Integer.MAX_VALUE);
        return width() <= height() ? resized(side, longer, resampling) : resized(longer, side, resampling);
    }

    /// On a canvas of one colour.
    ///
    /// @param left where the picture's left side comes, 0 or more
    /// @param top where the picture's top comes, 0 or more
    /// @param colour `0xRRGGBB`
    public Image placed(int width, int height, int left, int top, int colour) {
        Geometry.checkPlace(this.width, this.height, width, height, left, top);
        return later(width, height, () -> Geometry.place(raster(), width, height, left, top, colour));
    }

    /// In the middle of a larger canvas; of an odd rest the greater half comes right or below.
    ///
    /// @param colour `0xRRGGBB`
    public Image padded(int width, int height, int colour) {
        return placed(width, height, (width - width()) / 2, (height - height()) / 2, colour);
    }

    /// In the middle of the smallest square that holds it, that square resized to sides of `side`.
    ///
    /// @param colour of the rest, `0xRRGGBB`
    public Image resizedInSquare(int side, int colour, Resampling resampling) {
        return later(side, side, () -> resampling.resize(raster(), Canvas.square(raster(), colour), side, side));
    }

    /// As large as `width` x `height` allows, its shape kept, in the middle of a canvas of that size. A picture that
    /// has the size already stays what it is.
    ///
    /// @param style how the sizes are rounded
    /// @param colour of the rest, `0xRRGGBB`
    public Image letterboxed(int width, int height, Letterbox style, int colour, Resampling resampling) {
        Size inside = style.inside(new Size(width(), height()), new Size(width, height));
        return resized(inside.width(), inside.height(), resampling)
                .placed(
                        width,
                        height,
                        style.offset(width - inside.width()),
                        style.offset(height - inside.height()),
                        colour);
    }

    /// The part of `width` x `height` pixels whose upper left corner is at (`left`, `top`).
    public Image cropped(int left, int top, int width, int height) {
        Geometry.checkPart(this.width, this.height, left, top, width, height);
        return later(width, height, () -> Geometry.crop(raster(), left, top, width, height));
    }

    /// The middle part; of an odd rest the greater half is cut off right or below, as Hugging Face's
    /// processors do.
    public Image croppedToCentre(int width, int height) {
        return cropped((width() - width) / 2, (height() - height) / 2, width, height);
    }

    /// Same size and same samples; notes do not count.
    @Override
    public boolean equals(Object other) {
        return other instanceof Image image
                && image.width() == width()
                && image.height() == height()
                && Arrays.equals(image.raster().rgb(), raster().rgb());
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width() + height()) + Arrays.hashCode(raster().rgb());
    }

    @Override
    public String toString() {
        return "Image[" + width() + " x " + height() + "]";
    }
}
