package io.peregrine.model.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/// The formats that are read, told apart by content; the name of a file says nothing. What is not read is
/// named when it can be, so that the message helps.
enum PictureFormat {
    PNG,
    JPEG,
    GIF,
    BMP;

    private static final int LOOK_AHEAD = 1024;

    private static final String CONVERT = "convert it to PNG";

    /// Bytes at an offset that only one format has.
    private record Magic(int offset, String bytes, String kind, String action) {

        boolean matches(byte[] file) {
            if (file.length < offset + bytes.length()) {
                return false;
            }
            for (int i = 0; i < bytes.length(); i++) {
                if ((file[offset + i] & 0xFF) != bytes.charAt(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Other formats by their first bytes; of two that match, the earlier one.
    private static final List<Magic> OTHERS = List.of(
            new Magic(8, "WEBP", "a WebP picture", CONVERT),
            new Magic(4, "ftypavif", "an AVIF picture", CONVERT),
            new Magic(4, "ftypavis", "an AVIF picture", CONVERT),
            new Magic(4, "ftyphei", "a HEIC picture", CONVERT),
            new Magic(4, "ftyphev", "a HEIC picture", CONVERT),
            new Magic(4, "ftypmif1", "a HEIC picture", CONVERT),
            new Magic(4, "ftypmsf1", "a HEIC picture", CONVERT),
            new Magic(4, "ftyp", "an MP4 video", "take a picture out of it"),
            new Magic(0, "II*\0", "a TIFF picture", CONVERT),
            new Magic(0, "MM\0*", "a TIFF picture", CONVERT),
            new Magic(0, "II+\0", "a TIFF picture", CONVERT),
            new Magic(0, "MM\0+", "a TIFF picture", CONVERT),
            new Magic(0, "\0\0\1\0", "an icon (ICO)", CONVERT),
            new Magic(0, "\0\0\2\0", "a cursor (CUR)", CONVERT),
            new Magic(0, "%PDF", "a PDF document", "convert the page to PNG"),
            new Magic(0, "%!PS", "a PostScript (EPS) document", "convert the page to PNG"),
            new Magic(0, "\u00C5\u00D0\u00D3\u00C6", "a PostScript (EPS) document", "convert the page to PNG"),
            new Magic(0, "8BPS", "a Photoshop document", CONVERT),
            new Magic(4, "jP  ", "a JPEG 2000 picture", CONVERT),
            new Magic(0, "\u00FFO\u00FFQ", "a JPEG 2000 picture", CONVERT),
            new Magic(4, "JXL ", "a JPEG XL picture", CONVERT),
            new Magic(0, "\u00FF\n", "a JPEG XL picture", CONVERT),
            new Magic(0, "qoif", "a QOI picture", CONVERT),
            new Magic(0, "v/1\1", "an OpenEXR picture", CONVERT),
            new Magic(0, "DDS ", "a DDS texture", CONVERT),
            new Magic(0, "P1", "a Netpbm picture", CONVERT),
            new Magic(0, "P2", "a Netpbm picture", CONVERT),
            new Magic(0, "P3", "a Netpbm picture", CONVERT),
            new Magic(0, "P4", "a Netpbm picture", CONVERT),
            new Magic(0, "P5", "a Netpbm picture", CONVERT),
            new Magic(0, "P6", "a Netpbm picture", CONVERT),
            new Magic(0, "\u001AE\u00DF\u00A3", "a Matroska or WebM video", "take a picture out of it"),
            new Magic(0, "GGUF", "a GGUF model", "give a picture here, and the model as the model"),
            new Magic(0, "PK\3\4", "a ZIP archive", "unpack it"),
            new Magic(0, "\u001F\u008B", "a gzip archive", "unpack it"));

    /// The format of a file.
    ///
    /// @throws ImageFormatException if it is not one of these, saying what it looks like
    static PictureFormat of(String name, byte[] file) {
        if (file.length == 0) {
            throw other(name, "0 bytes", "is the download complete?");
        }
        if (starts(file, "\u0089PNG\r\n\u001A\n")) {
            return PNG;
        }
        if (starts(file, "\u00FF\u00D8\u00FF")) {
            return JPEG;
        }
        if (starts(file, "GIF87a") || starts(file, "GIF89a")) {
            return GIF;
        }
        if (starts(file, "BM")) {
            return BMP;
        }
        throw refuse(name, file);
    }

    private static boolean starts(byte[] file, String bytes) {
        return new Magic(0, bytes, "", "").matches(file);
    }

    private static ImageFormatException refuse(String name, byte[] file) {
        for (Magic magic : OTHERS) {
            if (magic.matches(file)) {
                return other(name, magic.kind(), magic.action());
            }
        }
        String text = new String(file, 0, Math.min(file.length, LOOK_AHEAD), StandardCharsets.ISO_8859_1)
                .replace("\u00EF\u00BB\u00BF", "")
                .strip()
                .toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return other(name, "a Git LFS pointer and not the file itself", "run git lfs pull");
        }
        if (text.startsWith("data:")) {
            return other(name, "a data: URL", "decode its base64 part first");
        }
        if (text.startsWith("<")) {
            if (text.contains("<svg")) {
                return other(name, "an SVG drawing", CONVERT);
            }
            if (text.contains("<html") || text.contains("<!doctype html") || text.contains("<head")) {
                return other(name, "an HTML page", "was the download refused or redirected?");
            }
            return other(name, "an XML document", "give a picture");
        }
        byte[] first = Arrays.copyOf(file, Math.min(file.length, 8));
        String hex = HexFormat.ofDelimiter(" ").formatHex(first);
        return other(name, "no known picture (it begins with " + hex + ")", "give a picture");
    }

    private static ImageFormatException other(String name, String found, String action) {
        return new ImageFormatException(
                name, "found " + found + ", expected a " + ImageFormatException.ACCEPTED + " picture", action);
    }
}
