package io.peregrine.model.image;

import static io.peregrine.model.image.TestPictures.ascii;
import static io.peregrine.model.image.TestPictures.chunk;
import static io.peregrine.model.image.TestPictures.concat;
import static io.peregrine.model.image.TestPictures.int32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ResourceLimitException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RELIABILITY section 9, rows 47 to 49 and 54: what is no whole picture is refused with a message that
/// helps.
class BadPictureTest {

    private static final String ACCEPTED = ", expected a PNG, JPEG, GIF or BMP picture; ";

    static List<Arguments> others() {
        return List.of(
                Arguments.of("", "found 0 bytes", "is the download complete?"),
                Arguments.of(
                        "hello, world",
                        "found no known picture (it begins with 68 65 6c 6c 6f 2c 20 77)",
                        "give a picture"),
                Arguments.of("\0", "found no known picture (it begins with 00)", "give a picture"),
                Arguments.of("<svg xmlns='x'/>", "found an SVG drawing", "convert it to PNG"),
                Arguments.of(
                        "\u00EF\u00BB\u00BF <?xml version='1.0'?>\n<!-- x --><svg>",
                        "found an SVG drawing",
                        "convert it to PNG"),
                Arguments.of(
                        "\n<!DOCTYPE HTML><title>404</title>",
                        "found an HTML page",
                        "was the download refused or redirected?"),
                Arguments.of("<?xml version='1.0'?><rss/>", "found an XML document", "give a picture"),
                Arguments.of("%PDF-1.7", "found a PDF document", "convert the page to PNG"),
                Arguments.of("%!PS-Adobe-3.0 EPSF-3.0", "found a PostScript (EPS) document", "convert the page to PNG"),
                Arguments.of(
                        "\u00C5\u00D0\u00D3\u00C6 ", "found a PostScript (EPS) document", "convert the page to PNG"),
                Arguments.of("RIFF\1\2\3\4WEBPVP8 ", "found a WebP picture", "convert it to PNG"),
                Arguments.of("\0\0\0\34ftypavif\0\0", "found an AVIF picture", "convert it to PNG"),
                Arguments.of("\0\0\0\34ftypheic\0\0", "found a HEIC picture", "convert it to PNG"),
                Arguments.of("\0\0\0\34ftypisom\0\0", "found an MP4 video", "take a picture out of it"),
                Arguments.of("II*\0\10\0\0\0", "found a TIFF picture", "convert it to PNG"),
                Arguments.of("MM\0*\0\0\0\10", "found a TIFF picture", "convert it to PNG"),
                Arguments.of("\0\0\1\0\1\0", "found an icon (ICO)", "convert it to PNG"),
                Arguments.of("8BPS\0\1", "found a Photoshop document", "convert it to PNG"),
                Arguments.of("\0\0\0\14jP  \r\n", "found a JPEG 2000 picture", "convert it to PNG"),
                Arguments.of("\u00FF\n\1\2", "found a JPEG XL picture", "convert it to PNG"),
                Arguments.of("P6\n1 1\n255\n", "found a Netpbm picture", "convert it to PNG"),
                Arguments.of("GGUF\3\0\0\0", "found a GGUF model", "give a picture here, and the model as the model"),
                Arguments.of("PK\3\4", "found a ZIP archive", "unpack it"),
                Arguments.of("data:image/png;base64,iVBO", "found a data: URL", "decode its base64 part first"),
                Arguments.of(
                        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
                        "found a Git LFS pointer and not the file itself",
                        "run git lfs pull"));
    }

    /// Row 47, `image-empty / not-image / svg / html / pdf / eps`.
    @DisplayName("47 image-empty / not-image / svg / html / pdf / eps")
    @ParameterizedTest
    @MethodSource("others")
    void imageEmptyNotImageSvgHtmlPdfEps(String content, String found, String action) {
        assertRefused("x.png: " + found + ACCEPTED + action, "x.png", ascii(content));
    }

    /// Row 48, `image-truncated`: ten places in each format, and at each the whole message.
    @DisplayName("48 image-truncated")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rgb.png | 12   | PNG  | the file ends at byte 12, expected 8 bytes at byte 8 (head of a chunk)",
                "rgb.png | 20   | PNG  | the file ends at byte 20, expected 13 bytes at byte 16 (header IHDR)",
                "rgb.png | 32   | PNG  | the file ends at byte 32, expected 25 bytes at byte 8 (chunk IHDR)",
                "rgb.png | 33   | PNG  | the file ends at byte 33 without the end chunk IEND",
                "rgb.png | 38   | PNG  | the file ends at byte 38, expected 8 bytes at byte 33 (head of a chunk)",
                "rgb.png | 500  | PNG  | the file ends at byte 500, expected 2440 bytes at byte 33 (chunk IDAT)",
                "rgb.png | 1242 | PNG  | the file ends at byte 1242, expected 2440 bytes at byte 33 (chunk IDAT)",
                "rgb.png | 2472 | PNG  | the file ends at byte 2472, expected 2440 bytes at byte 33 (chunk IDAT)",
                "rgb.png | 2473 | PNG  | the file ends at byte 2473 without the end chunk IEND",
                "rgb.png | 2484 | PNG  | the file ends at byte 2484, expected 12 bytes at byte 2473 (chunk IEND)",
                "s2b.jpg | 3    | JPEG | the file ends at byte 3, expected 1 bytes at byte 3 (marker)",
                "s2b.jpg | 90   | JPEG | the file ends at byte 90, expected 1 bytes at byte 90 (marker)",
                "s2b.jpg | 181  | JPEG | the file ends at byte 181, expected 33 bytes at byte 177 (segment FFC4)",
                "s2b.jpg | 272  | JPEG | the file ends at byte 272, expected 183 bytes at byte 210 (segment FFC4)",
                "s2b.jpg | 546  | JPEG | the file ends at byte 546, expected 183 bytes at byte 426 (segment FFC4)",
                "s2b.jpg | 623  | JPEG | the file ends at byte 623 within the picture data that begin at byte 623",
                "s2b.jpg | 637  | JPEG | the file ends at byte 637 within the picture data that begin at byte 623",
                "s2b.jpg | 819  | JPEG | the file ends at byte 819 within the picture data that begin at byte 623",
                "s2b.jpg | 910  | JPEG | the file ends at byte 910 within the picture data that begin at byte 623",
                "s2b.jpg | 911  | JPEG | the file ends at byte 911 within the picture data that begin at byte 623",
                "p.gif   | 7    | GIF  | the file ends at byte 7, expected 2 bytes at byte 6 (screen size)",
                "p.gif   | 98   | GIF  | the file ends at byte 98, expected 192 bytes at byte 13 (colour table)",
                "p.gif   | 205  | GIF  | the file ends at byte 205, expected 1 bytes at byte 205 (block)",
                "p.gif   | 210  | GIF  | the file ends at byte 210, expected 10 bytes at byte 205 (frame header)",
                "p.gif   | 216  | GIF  | the file ends at byte 216, expected 2 bytes at byte 215 (frame data)",
                "p.gif   | 296  | GIF  | the file ends at byte 296, expected 255 bytes at byte 217 (data block)",
                "p.gif   | 495  | GIF  | the file ends at byte 495, expected 255 bytes at byte 473 (data block)",
                "p.gif   | 892  | GIF  | the file ends at byte 892, expected 255 bytes at byte 729 (data block)",
                "p.gif   | 991  | GIF  | the file ends at byte 991, expected 1 bytes at byte 991 (data block)",
                "p.gif   | 992  | GIF  | the file ends at byte 992, expected 1 bytes at byte 992 (block)",
                "p8.bmp  | 12   | BMP  | the file ends at byte 12, expected 2 bytes at byte 12 (place of the pixels)",
                "p8.bmp  | 17   | BMP  | the file ends at byte 17, expected 2 bytes at byte 16 (size of the header)",
                "p8.bmp  | 53   | BMP  | the file ends at byte 53, expected 40 bytes at byte 14 (header)",
                "p8.bmp  | 160  | BMP  | the file ends at byte 160, expected 1 bytes at byte 454 (pixels)",
                "p8.bmp  | 454  | BMP  | the file ends at byte 454, expected 1 bytes at byte 454 (pixels)",
                "p8.bmp  | 455  | BMP  | the file ends at byte 455, expected 1160 bytes at byte 454 (pixels)",
                "p8.bmp  | 644  | BMP  | the file ends at byte 644, expected 1160 bytes at byte 454 (pixels)",
                "p8.bmp  | 967  | BMP  | the file ends at byte 967, expected 1160 bytes at byte 454 (pixels)",
                "p8.bmp  | 1290 | BMP  | the file ends at byte 1290, expected 1160 bytes at byte 454 (pixels)",
                "p8.bmp  | 1613 | BMP  | the file ends at byte 1613, expected 1160 bytes at byte 454 (pixels)",
            })
    void imageTruncated(String file, int bytes, String format, String detail) {
        byte[] cut = Arrays.copyOf(Resources.bytes("pillow/" + file), bytes);
        assertRefused(file + ": truncated " + format + ": " + detail + "; is the download complete?", file, cut);
    }

    /// Row 48 at every place: no cut passes.
    @DisplayName("48 image-truncated")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.png",
                "p8alpha.png",
                "s2b.jpg",
                "s2p.jpg",
                "restart.jpg",
                "p.gif",
                "animated.gif",
                "p8.bmp",
                "rgb.bmp"
            })
    void imageTruncated_anywhere(String file) {
        byte[] whole = Resources.bytes("pillow/" + file);
        for (int bytes = 8; bytes < whole.length; bytes++) {
            byte[] cut = Arrays.copyOf(whole, bytes);
            ImageFormatException e = assertThrows(ImageFormatException.class, () -> Image.read(cut));
            assertTrue(String.valueOf(e.getMessage()).contains(": truncated "), e.getMessage());
        }
    }

    /// Row 48 where the end marker is there but the data are not: the decoder alone would fill up with grey.
    @DisplayName("48 image-truncated")
    @ParameterizedTest
    @ValueSource(strings = {"s0b.jpg", "s2b.jpg", "s1p.jpg", "restart.jpg", "grey.jpg", "cmyk.jpg"})
    void imageTruncated_jpegWithEndMarkerPutBack(String file) {
        byte[] whole = Resources.bytes("pillow/" + file);
        for (int tenth = 1; tenth <= 10; tenth++) {
            byte[] cut = Arrays.copyOf(whole, whole.length - 2 - 8 * tenth);
            byte[] closed = concat(cut, new byte[] {(byte) 0xFF, (byte) 0xD9});
            String message = assertThrows(
                            ImageFormatException.class, () -> Image.read(closed, file, ImageOptions.DEFAULT))
                    .getMessage();
            assertEquals(
                    file + ": damaged JPEG: its picture data are incomplete or wrong; get or save it again", message);
        }
    }

    /// The same for a GIF whose data blocks end early.
    @DisplayName("48 image-truncated")
    @Test
    void imageTruncated_gifWithTrailerPutBack() {
        byte[] whole = Resources.bytes("pillow/p.gif");
        byte[] cut = concat(Arrays.copyOf(whole, 728), new byte[] {0, 0x3B});
        assertRefused(
                "p.gif: truncated GIF: the data of the first frame end after 677 of 1073 pixels;"
                        + " is the download complete?",
                "p.gif",
                cut);
    }

    /// And for a PNG whose chunks are whole but hold too little.
    @DisplayName("48 image-truncated")
    @Test
    void imageTruncated_pngWithLittleData() {
        byte[] png = TestPictures.zeroPng(300, 200, 8, 2, 901 * 100);
        assertRefused("x.png: damaged PNG: its picture data cannot be decoded; get or save it again", "x.png", png);
    }

    /// Row 49, `image-corrupt-crc`.
    @DisplayName("49 image-corrupt-crc")
    @Test
    void imageCorruptCrc() {
        byte[] png = Resources.bytes("pillow/rgb.png");
        png[1000] ^= 1;
        assertRefused(
                "x.png: damaged PNG: chunk IDAT at byte 33 has the checksum eb39dc23, its data give 0b815bb6;"
                        + " get or save it again",
                "x.png",
                png);
        byte[] text = TestPictures.withChunks(Resources.bytes("pillow/rgb.png"), chunk("tEXt", ascii("a\0b")));
        text[33 + 8] = 'c';
        assertRefused(
                "x.png: damaged PNG: chunk tEXt at byte 33 has the checksum dc49a23b, its data give dfcd7655;"
                        + " get or save it again",
                "x.png",
                text);
    }

    /// Row 54, `image-animated / multi-page`: the first frame with a note, never all frames.
    @DisplayName("54 image-animated / multi-page")
    @Test
    void imageAnimatedMultiPage() {
        Image animated = Image.read(Resources.bytes("pillow/animated.gif"));
        assertEquals(List.of("the first of 3 frames"), animated.notes());
        byte[] apng =
                TestPictures.withChunks(Resources.bytes("pillow/rgb.png"), chunk("acTL", concat(int32(7), int32(0))));
        Image still = Image.read(apng);
        assertEquals(List.of("the default picture of an animated PNG of 7 frames"), still.notes());
        assertEquals(Image.read(Resources.bytes("pillow/rgb.png")), still);
        assertEquals(List.of(), still.resized(5, 5, Resampling.BOX).notes());
        assertRefused("x.tif: found a TIFF picture" + ACCEPTED + "convert it to PNG", "x.tif", ascii("II*\0\10\0\0\0"));
    }

    static List<Arguments> faults() {
        byte[] png = Resources.bytes("pillow/rgb.png");
        byte[] jpeg = Resources.bytes("pillow/s2b.jpg");
        byte[] gif = Resources.bytes("pillow/p.gif");
        byte[] bmp = Resources.bytes("pillow/p8.bmp");
        byte[] end = chunk("IEND", new byte[0]);
        byte[] header = TestPictures.pngHeader(37, 29, 8, 3);
        return List.of(
                // PNG
                Arguments.of(
                        "damaged PNG: the header says 0 x 29 pixels, expected 1 to 2147483647 per side",
                        TestPictures.pngHeader(0, 29, 8, 2)),
                Arguments.of(
                        "damaged PNG: the header says 37 x 4294967295 pixels, expected 1 to 2147483647 per side",
                        TestPictures.pngHeader(37, -1, 8, 2)),
                Arguments.of(
                        "damaged PNG: the header says bit depth 16 with colour type 3,"
                                + " which is no combination of the format",
                        TestPictures.pngHeader(37, 29, 16, 3)),
                Arguments.of(
                        "damaged PNG: the first chunk is IEND of 0 bytes, expected IHDR of 13 bytes",
                        concat(TestPictures.PNG_SIGNATURE, end)),
                Arguments.of(
                        "damaged PNG: no chunk type at byte 12, expected four letters",
                        concat(TestPictures.PNG_SIGNATURE, new byte[20])),
                Arguments.of(
                        "damaged PNG: unknown critical chunk ABCD at byte 33",
                        TestPictures.withChunks(png, chunk("ABCD", new byte[3]))),
                Arguments.of(
                        "damaged PNG: a second header IHDR at byte 33",
                        TestPictures.withChunks(png, Arrays.copyOfRange(png, 8, 33))),
                Arguments.of(
                        "damaged PNG: colours come from a palette, but there is no chunk PLTE",
                        concat(header, chunk("IDAT", TestPictures.deflatedZeros(38 * 29)), end)),
                Arguments.of(
                        "damaged PNG: the palette at byte 33 has 4 bytes, expected 3 for each of 1 to 256 colours",
                        concat(header, chunk("PLTE", new byte[4]), end)),
                Arguments.of(
                        "truncated PNG: 37 x 29 pixels need 1102 bytes, but the 0 bytes of IDAT hold at most 0",
                        concat(header, chunk("PLTE", new byte[3]), end)),
                Arguments.of(
                        "damaged PNG: its picture data cannot be decoded",
                        concat(header, chunk("PLTE", new byte[3]), chunk("IDAT", new byte[50]), end)),
                // JPEG
                Arguments.of("damaged JPEG: byte 20 is 07, expected a marker (FF)", with(jpeg, 20, 7)),
                Arguments.of(
                        "damaged JPEG: there is no frame header before the end marker",
                        new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xD9}),
                Arguments.of(
                        "damaged JPEG: the segment at byte 2 has the length 1, expected at least 2",
                        TestPictures.insert(jpeg, 2, new byte[] {(byte) 0xFF, (byte) 0xFE, 0, 1})),
                Arguments.of(
                        "damaged JPEG: the frame header at byte 2 says 5 x 0 pixels, expected at least 1 per side",
                        TestPictures.withSegment(jpeg, 0xC0, new byte[] {8, 0, 0, 0, 5, 1, 1, 0x11, 0})),
                Arguments.of(
                        "damaged JPEG: the frame header at byte 2 has 12 bytes, but 3 components need 19",
                        TestPictures.withSegment(jpeg, 0xC0, new byte[] {8, 0, 4, 0, 5, 3, 1, 0x11})),
                Arguments.of(
                        "damaged JPEG: component 1 has the sampling factors 1 x 5, expected 1 to 4",
                        TestPictures.withSegment(jpeg, 0xC0, new byte[] {8, 0, 4, 0, 5, 1, 1, 0x15, 0})),
                Arguments.of(
                        "damaged JPEG: a second frame header at byte 171",
                        TestPictures.withSegment(jpeg, 0xC0, new byte[] {8, 0, 4, 0, 5, 1, 1, 0x11, 0})),
                Arguments.of(
                        "damaged JPEG: a scan at byte 2 before the frame header",
                        TestPictures.withSegment(jpeg, 0xDA, new byte[] {1, 1, 0, 0, 63, 0})),
                // GIF
                Arguments.of(
                        "damaged GIF: byte 205 is 1, expected an extension (33), a frame (44) or the trailer (59)",
                        with(gif, 205, 1)),
                Arguments.of("damaged GIF: there is no frame before the trailer at byte 205", with(gif, 205, 0x3B)),
                Arguments.of(
                        "damaged GIF: the frame at byte 205 is 0 x 29 pixels, expected at least 1 per side",
                        with(gif, 210, 0)),
                Arguments.of("damaged GIF: a colour has 9 bits, expected 1 to 8", with(gif, 215, 9)),
                Arguments.of(
                        "damaged GIF: its screen is 5761 x 29 pixels, its first frame only 37 x 29",
                        with(with(gif, 6, 0x81), 7, 0x16)),
                // BMP
                Arguments.of(
                        "damaged BMP: the header says -37 x 29 pixels, expected at least 1 per side",
                        TestPictures.concat(
                                Arrays.copyOf(bmp, 18),
                                TestPictures.int32le(-37),
                                Arrays.copyOfRange(bmp, 22, bmp.length))),
                Arguments.of(
                        "damaged BMP: the palette has 511 colours, expected at most 256",
                        with(with(bmp, 46, 255), 47, 1)),
                Arguments.of(
                        "damaged BMP: the pixels begin at byte 453, within the header that ends at byte 454",
                        with(bmp, 10, 453 & 255)));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void read_brokenStructure_isRefused(String detail, byte[] file) {
        String action = detail.startsWith("truncated") ? "; is the download complete?" : "; get or save it again";
        assertRefused("x: " + detail + action, "x", file);
    }

    static List<Arguments> unsupported() {
        byte[] jpeg = Resources.bytes("pillow/s2b.jpg");
        byte[] bmp = Resources.bytes("pillow/p8.bmp");
        return List.of(
                Arguments.of(
                        "a PNG in Apple's private variant (chunk CgBI)",
                        concat(TestPictures.PNG_SIGNATURE, chunk("CgBI", new byte[4]))),
                Arguments.of("a lossless or hierarchical JPEG", TestPictures.withSegment(jpeg, 0xC3, new byte[9])),
                Arguments.of("a JPEG with arithmetic coding", TestPictures.withSegment(jpeg, 0xC9, new byte[9])),
                Arguments.of(
                        "a JPEG with 12 bits per sample",
                        TestPictures.withSegment(jpeg, 0xC1, new byte[] {12, 0, 4, 0, 5, 1, 1, 0x11, 0})),
                Arguments.of(
                        "a JPEG with 2 components",
                        TestPictures.withSegment(jpeg, 0xC0, new byte[] {8, 0, 4, 0, 5, 2, 1, 0x11, 0, 2, 0x11, 0})),
                Arguments.of("a BMP with a header of 41 bytes", with(bmp, 14, 41)),
                Arguments.of("a BMP of 8 bits per pixel with compression 4", with(bmp, 30, 4)),
                Arguments.of("a BMP of 7 bits per pixel with compression 0", with(bmp, 28, 7)));
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void read_unsupportedKind_isRefused(String kind, byte[] file) {
        assertRefused("x: " + kind + ", which is not read; save it as an ordinary PNG or JPEG", "x", file);
    }

    /// Each scan may cost as much as the picture, so their number is limited.
    @Test
    void read_progressiveJpegOfManyScans_isRefused() {
        byte[] jpeg = Resources.bytes("pillow/s2p.jpg");
        int scan = indexOf(jpeg, 0xFF, 0xDA);
        int next = indexOf(Arrays.copyOfRange(jpeg, scan + 1, jpeg.length), 0xFF, 0xC4) + scan + 1;
        byte[] many = jpeg;
        for (int i = 0; i < 100; i++) {
            many = TestPictures.insert(many, next, Arrays.copyOfRange(jpeg, scan, next));
        }
        byte[] file = many;
        ResourceLimitException e =
                assertThrows(ResourceLimitException.class, () -> Image.read(file, "x.jpg", ImageOptions.DEFAULT));
        assertEquals(
                "x.jpg: scans of a progressive JPEG of 37 x 29 pixels: scan 101 exceeds the limit of 100 scans;"
                        + " save it as an ordinary JPEG",
                e.getMessage());
    }

    /// A sample beyond the colours of a palette is a fault; the decoders make something up.
    @Test
    void read_colourBeyondPalette_isRefused() {
        byte[] header = TestPictures.pngHeader(2, 2, 8, 3);
        byte[] rows = {0, 0, 1, 0, 2, 0};
        byte[] png = concat(
                header,
                chunk("PLTE", new byte[6]),
                chunk("IDAT", TestPictures.deflate(rows)),
                chunk("IEND", new byte[0]));
        assertRefused("x: damaged PNG: colour 2 in row 1, but the palette has 2; get or save it again", "x", png);
    }

    /// What follows the end of a picture is no part of it: cameras and messengers add things.
    @ParameterizedTest
    @ValueSource(strings = {"rgb.png", "s2b.jpg", "p.gif", "p8.bmp"})
    void read_trailingBytes_areIgnored(String file) {
        byte[] whole = Resources.bytes("pillow/" + file);
        assertEquals(Image.read(whole), Image.read(concat(whole, ascii("trailer"))));
    }

    /// Some cameras fill up between the last block and the end marker; the picture is whole.
    @Test
    void read_jpegWithBytesBeforeItsEndMarker_isAccepted() {
        byte[] whole = Resources.bytes("pillow/s2b.jpg");
        byte[] filled = TestPictures.insert(whole, whole.length - 2, new byte[] {0x12, 0x34, 0x56});
        assertEquals(Image.read(whole), Image.read(filled));
    }

    private static byte[] with(byte[] file, int at, int value) {
        byte[] changed = file.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static int indexOf(byte[] file, int first, int second) {
        for (int i = 0; i < file.length - 1; i++) {
            if ((file[i] & 0xFF) == first && (file[i + 1] & 0xFF) == second) {
                return i;
            }
        }
        throw new IllegalArgumentException("not found");
    }

    private static void assertRefused(String message, String name, byte[] file) {
        ImageFormatException e =
                assertThrows(ImageFormatException.class, () -> Image.read(file, name, ImageOptions.DEFAULT));
        assertEquals(message, e.getMessage());
    }
}
