package io.peregrine.model.template;

/// Where a character comes from: the template, the user, or the place of image or region number i.
///
/// Kept as an int per run of characters, see [io.peregrine.model.template.TextBuffer].
public final class Origin {

    /// Written by the template's author, or a name that the application chose: may hold special tokens.
    public static final int TEMPLATE = 0;

    /// Came in with the messages: never a special token.
    public static final int USER = 1;

    private static final int FIRST_IMAGE = 2;

    private Origin() {}

    /// The origin of the one character that stands for image `index`.
    public static int image(int index) {
        return Math.addExact(FIRST_IMAGE, index);
    }

    /// Whether the origin is that of an image's place.
    public static boolean isImage(int origin) {
        return origin >= FIRST_IMAGE;
    }

    /// The index of the image whose place it is.
    public static int imageIndex(int origin) {
        return origin - FIRST_IMAGE;
    }

    /// The origin of the one character that stands for region `index`.
    public static int region(int index) {
        return -1 - index;
    }

    /// Whether the origin is that of a region's place.
    public static boolean isRegion(int origin) {
        return origin < TEMPLATE;
    }

    /// The index of the region whose place it is.
    public static int regionIndex(int origin) {
        return -1 - origin;
    }

    /// Whether the origin is that of a place, whose character is no text.
    static boolean isPlace(int origin) {
        return isImage(origin) || isRegion(origin);
    }
}
