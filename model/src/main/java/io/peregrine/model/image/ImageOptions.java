package io.peregrine.model.image;

/// How pictures are read.
///
/// @param limits what a picture may cost
/// @param transparency what becomes of transparent parts
public record ImageOptions(ImageLimits limits, Transparency transparency) {

    /// [ImageLimits#DEFAULT], over white.
    public static final ImageOptions DEFAULT = new ImageOptions(ImageLimits.DEFAULT, Transparency.OVER_WHITE);

    public ImageOptions withLimits(ImageLimits newLimits) {
        return new ImageOptions(newLimits, transparency);
    }

    public ImageOptions withTransparency(Transparency newTransparency) {
        return new ImageOptions(limits, newTransparency);
    }
}
