package io.peregrine.model.image;

import io.peregrine.core.PeregrineException;
import org.jspecify.annotations.Nullable;

/// A picture that cannot be used: not a picture, of another format, cut short or damaged.
///
/// The message reads `PICTURE: PROBLEM; ACTION`. It never holds the text of a library's error.
public final class ImageFormatException extends PeregrineException {

    /// The formats that are read, as messages list them.
    static final String ACCEPTED = "PNG, JPEG, GIF or BMP";

    private static final long serialVersionUID = 1L;

    /// @param picture the file's name as the user gave it, or what else names the picture
    /// @param problem what is wrong, where, what was found and expected
    /// @param action what the user can do
    public ImageFormatException(String picture, String problem, String action) {
        this(picture, problem, action, null);
    }

    ImageFormatException(String picture, String problem, String action, @Nullable Throwable cause) {
        super(picture + ": " + problem + "; " + action, cause);
    }

    /// The file ends before its picture does.
    static ImageFormatException truncated(String picture, String format, String detail) {
        return new ImageFormatException(picture, "truncated " + format + ": " + detail, "is the download complete?");
    }

    /// The file breaks the rules of its format.
    static ImageFormatException damaged(String picture, String format, String detail) {
        return new ImageFormatException(picture, "damaged " + format + ": " + detail, "get or save it again");
    }

    /// A kind of the format that is not read.
    static ImageFormatException unsupported(String picture, String detail) {
        return new ImageFormatException(picture, detail + ", which is not read", "save it as an ordinary PNG or JPEG");
    }
}
