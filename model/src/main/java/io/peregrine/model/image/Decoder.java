package io.peregrine.model.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/// The JDK's own picture decoders, so called that whatever they throw becomes an [ImageFormatException]. A
/// decoder that some other jar registers is never used: it would not have been tested against these files.
final class Decoder {

    /// What is wanted of a reader that has its input.
    @FunctionalInterface
    interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    private Decoder() {}

    /// Decodes a picture that has to have the size its header states.
    static BufferedImage picture(PictureBytes file, ByteImageStream stream, int width, int height) {
        BufferedImage picture = decode(file, stream, warning -> {}, reader -> reader.read(0));
        if (picture.getWidth() != width || picture.getHeight() != height) {
            throw file.damaged("decoded to " + picture.getWidth() + " x " + picture.getHeight()
                    + " pixels, the header says " + width + " x " + height);
        }
        return picture;
    }

    /// Decodes `stream`, which is the part of `file` that a decoder needs.
    ///
    /// @param warnings told what the decoder found wrong with the data and passed over
    static <T> T decode(PictureBytes file, ByteImageStream stream, Consumer<String> warnings, Reading<T> reading) {
        ImageReader reader = reader(file.format());
        try {
            reader.addIIOReadWarningListener((source, warning) -> warnings.accept(warning));
            reader.setInput(stream, true, true);
            return reading.from(reader);
        } catch (IOException | RuntimeException e) {
            throw new ImageFormatException(
                    file.name(),
                    "damaged " + file.format() + ": its picture data cannot be decoded",
                    "get or save it again",
                    e);
        } finally {
            reader.dispose();
        }
    }

    private static ImageReader reader(String format) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.toLowerCase(Locale.ROOT));
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
        }
        throw new IllegalStateException("this Java runtime has no " + format + " decoder in java.desktop");
    }
}
