package io.peregrine.model.image;

import static io.peregrine.model.image.TestPictures.ascii;
import static io.peregrine.model.image.TestPictures.chunk;
import static io.peregrine.model.image.TestPictures.concat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RELIABILITY section 9, row 52, `image-exif-orientation-1...8`.
class OrientationTest {

    /// What a reader has to do, step by step: turns to the right, then a mirror. From the Exif standard's
    /// figure "where are row 0 and column 0".
    @DisplayName("52 image-exif-orientation-1…8")
    @ParameterizedTest
    @CsvSource({
        "1, 0, false",
        "2, 0, true",
        "3, 2, false",
        "4, 2, true",
        "5, 1, true",
        "6, 1, false",
        "7, 3, true",
        "8, 3, false"
    })
    void imageExifOrientation(int orientation, int turns, boolean mirror) {
        Image stored = TestPictures.gradient(40, 24);
        Image upright = stored;
        for (int i = 0; i < turns; i++) {
            upright = turnedRight(upright);
        }
        if (mirror) {
            upright = mirrored(upright);
        }
        byte[] png = TestPictures.encode(stored, "png");
        for (boolean little : new boolean[] {true, false}) {
            byte[] exif = TestPictures.exif(orientation, little);
            Image read = Image.read(TestPictures.withChunks(png, chunk("eXIf", exif)));
            assertEquals(upright, read);
            List<String> notes =
                    orientation == 1 ? List.of() : List.of("turned upright, EXIF orientation " + orientation);
            assertEquals(notes, read.notes());

            byte[] jpeg = TestPictures.encode(stored, "jpg");
            Image plain = Image.read(jpeg);
            Image turned = Image.read(TestPictures.withSegment(jpeg, 0xE1, concat(ascii("Exif\0\0"), exif)));
            for (int i = 0; i < turns; i++) {
                plain = turnedRight(plain);
            }
            assertEquals(mirror ? mirrored(plain) : plain, turned);
            assertEquals(notes, turned.notes());
        }
    }

    /// EXIF data that make no sense leave a picture as it is.
    @DisplayName("52 image-exif-orientation-1…8")
    @ParameterizedTest
    @ValueSource(ints = {0, 9, 65535})
    void imageExifOrientation_unknown_isUpright(int orientation) {
        Image stored = TestPictures.gradient(40, 24);
        byte[] png = TestPictures.encode(stored, "png");
        assertEquals(
                stored, Image.read(TestPictures.withChunks(png, chunk("eXIf", TestPictures.exif(orientation, true)))));
    }

    @DisplayName("52 image-exif-orientation-1…8")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 7, 8, 9, 12, 17, 21})
    void imageExifOrientation_cutShort_isUpright(int bytes) {
        Image stored = TestPictures.gradient(40, 24);
        byte[] png = TestPictures.encode(stored, "png");
        byte[] exif = Arrays.copyOf(TestPictures.exif(6, true), bytes);
        assertEquals(stored, Image.read(TestPictures.withChunks(png, chunk("eXIf", exif))));
    }

    @DisplayName("52 image-exif-orientation-1…8")
    @ParameterizedTest
    @ValueSource(ints = {-1, 26, 1 << 30, Integer.MIN_VALUE})
    void imageExifOrientation_directoryElsewhere_isUpright(int offset) {
        Image stored = TestPictures.gradient(40, 24);
        byte[] exif = TestPictures.exif(6, false);
        System.arraycopy(TestPictures.int32(offset), 0, exif, 4, 4);
        byte[] png = TestPictures.withChunks(TestPictures.encode(stored, "png"), chunk("eXIf", exif));
        assertEquals(stored, Image.read(png));
    }

    private static Image turnedRight(Image image) {
        byte[] rgb = new byte[3 * image.width() * image.height()];
        int width = image.height();
        for (int y = 0; y < image.width(); y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[3 * (y * width + x) + c] = (byte) image.sample(y, image.height() - 1 - x, c);
                }
            }
        }
        return Image.of(rgb, width, image.width());
    }

    private static Image mirrored(Image image) {
        byte[] rgb = new byte[3 * image.width() * image.height()];
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[3 * (y * image.width() + x) + c] = (byte) image.sample(image.width() - 1 - x, y, c);
                }
            }
        }
        return Image.of(rgb, image.width(), image.height());
    }
}
