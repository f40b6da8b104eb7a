package io.peregrine.model.image;

import java.util.List;

/// A picture file whose structure was checked from the first byte to the last, not yet decoded. Making one
/// takes time linear in the size of the file and allocates nothing that depends on a size the file states.
sealed interface EncodedPicture permits PngFile, JpegFile, GifFile, BmpFile {

    /// As stored, before it is turned upright.
    int width();

    int height();

    Orientation orientation();

    /// What the caller should know about how the picture is read; empty if there is nothing to say.
    List<String> notes();

    /// The samples as stored, not yet turned upright.
    ///
    /// @throws ImageFormatException if the file turns out to be damaged
    Raster8 decode(Transparency transparency);

    /// @throws ImageFormatException if the file is no picture that can be read
    /// @throws io.peregrine.core.ResourceLimitException if its header asks for more than the limits
    static EncodedPicture parse(String name, byte[] file, ImageLimits limits) {
        PictureFormat format = PictureFormat.of(name, file);
        PictureBytes bytes = new PictureBytes(name, format.name(), file, limits);
        return switch (format) {
            case PNG -> PngFile.parse(bytes);
            case JPEG -> JpegFile.parse(bytes);
            case GIF -> GifFile.parse(bytes);
            case BMP -> BmpFile.parse(bytes);
        };
    }
}
