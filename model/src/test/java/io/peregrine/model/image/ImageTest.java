package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.peregrine.core.ResourceLimitException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageTest {

    private static final Image SMALL =
            Image.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, 3, 2);

    @Test
    void padded_oddRest_putsTheGreaterHalfRightAndBelow() {
        Image padded = SMALL.padded(6, 5, 0x0A0B0C);
        assertEquals(6, padded.width());
        assertEquals(5, padded.height());
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 6; x++) {
                for (int c = 0; c < 3; c++) {
                    boolean inside = x >= 1 && x < 4 && y >= 1 && y < 3;
                    int expected = inside ? SMALL.sample(x - 1, y - 1, c) : 10 + c;
                    assertEquals(expected, padded.sample(x, y, c), x + ", " + y);
                }
            }
        }
        assertEquals(SMALL, padded.cropped(1, 1, 3, 2));
    }

    @Test
    void placed_isWhereItWasPut() {
        assertEquals(SMALL, SMALL.placed(10, 9, 7, 0, 0xFFFFFF).cropped(7, 0, 3, 2));
        assertEquals(SMALL, SMALL.placed(3, 2, 0, 0, 0));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SMALL.placed(10, 9, 8, 0, 0));
        assertEquals("a picture of 3 x 2 pixels at (8, 0) does not lie on 10 x 9", e.getMessage());
    }

    @Test
    void croppedToCentre_oddRest_cutsTheGreaterHalfRightAndBelow() {
        assertArrayEquals(
                new byte[] {1, 2, 3, 4, 5, 6}, SMALL.croppedToCentre(2, 1).toRgb());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> SMALL.cropped(2, 0, 2, 2));
        assertEquals("a part of 2 x 2 pixels at (2, 0) does not lie in 3 x 2", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"640, 480, 298, 224", "480, 640, 224, 298", "61, 90, 224, 330", "5, 5, 224, 224", "335, 1000, 224, 668"
    })
    void resizedToShorterSide_cutsTheLongerSideDown(int width, int height, int newWidth, int newHeight) {
        Image image =
                Image.of(new byte[width * height * 3], width, height).resizedToShorterSide(224, Resampling.NEAREST);
        assertEquals(newWidth, image.width());
        assertEquals(newHeight, image.height());
    }

    /// The colours of each kind of `BufferedImage` are its samples: no gamma, no profile.
    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_INT_ARGB_PRE,
                BufferedImage.TYPE_INT_BGR, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_4BYTE_ABGR_PRE
            })
    void of_opaqueColours_areTheSamples(int type) {
        Image source = ResizeTest.noise(23, 11);
        BufferedImage buffered = new BufferedImage(23, 11, type);
        for (int y = 0; y < 11; y++) {
            for (int x = 0; x < 23; x++) {
                int rgb = source.sample(x, y, 0) << 16 | source.sample(x, y, 1) << 8 | source.sample(x, y, 2);
                buffered.setRGB(x, y, 0xFF000000 | rgb);
            }
        }
        assertEquals(source, Image.of(buffered));
        assertEquals(source.cropped(5, 2, 10, 7), Image.of(buffered.getSubimage(5, 2, 10, 7)));
    }

    /// `getRGB` would make 137 of 64.
    @Test
    void of_grey_isNotBrightened() {
        for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY}) {
            BufferedImage grey = new BufferedImage(256, 1, type);
            for (int v = 0; v < 256; v++) {
                grey.getRaster().setSample(v, 0, 0, type == BufferedImage.TYPE_BYTE_GRAY ? v : v << 8 | 0xC0);
            }
            Image image = Image.of(grey);
            for (int v = 0; v < 256; v++) {
                for (int c = 0; c < 3; c++) {
                    assertEquals(v, image.sample(v, 0, c));
                }
            }
        }
    }

    @Test
    void of_fewBits_areStretched() {
        BufferedImage packed = new BufferedImage(64, 1, BufferedImage.TYPE_USHORT_565_RGB);
        for (int v = 0; v < 64; v++) {
            packed.getRaster().setPixel(v, 0, new int[] {v / 2, v, 31 - v / 2});
        }
        Image image = Image.of(packed);
        for (int v = 0; v < 64; v++) {
            assertEquals(v / 2 * 255 / 31, image.sample(v, 0, 0));
            assertEquals(v * 255 / 63, image.sample(v, 0, 1));
            assertEquals((31 - v / 2) * 255 / 31, image.sample(v, 0, 2));
        }
    }

    /// What is no plain grey or RGB goes through its colour model.
    @Test
    void of_floatSamples_areConverted() {
        ColorSpace srgb = ColorSpace.getInstance(ColorSpace.CS_sRGB);
        ColorModel model = new ComponentColorModel(srgb, false, false, Transparency.OPAQUE, DataBuffer.TYPE_FLOAT);
        BufferedImage floats = new BufferedImage(model, model.createCompatibleWritableRaster(2, 1), false, null);
        floats.getRaster().setPixel(0, 0, new float[] {0, 0.2f, 1});
        floats.getRaster().setPixel(1, 0, new float[] {1, 0.6f, 0});
        assertArrayEquals(
                new byte[] {0, 51, -1, -1, (byte) 153, 0}, Image.of(floats).toRgb());
    }

    @Test
    void of_transparentParts_lieOnWhite() {
        BufferedImage buffered = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        buffered.setRGB(0, 0, 0x00123456);
        buffered.setRGB(1, 0, 0xFF123456);
        buffered.setRGB(2, 0, 0x80FF0000);
        assertArrayEquals(
                new byte[] {-1, -1, -1, 0x12, 0x34, 0x56, -1, 127, 127},
                Image.of(buffered).toRgb());
        BufferedImage premultiplied = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB_PRE);
        premultiplied.createGraphics().drawImage(buffered, 0, 0, null);
        assertArrayEquals(
                new byte[] {-1, -1, -1, 0x12, 0x34, 0x56, -1, 127, 127},
                Image.of(premultiplied).toRgb());
    }

    @Test
    void of_samples_areCopied() {
        byte[] rgb = {1, 2, 3};
        Image image = Image.of(rgb, 1, 1);
        rgb[0] = 9;
        image.toRgb()[1] = 9;
        assertArrayEquals(new byte[] {1, 2, 3}, image.toRgb());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Image.of(new byte[3], 1, 2));
        assertEquals("3 samples for 1 x 2 pixels of 3 samples", e.getMessage());
    }

    @Test
    void equals_shapeCounts() {
        Image wide = Image.of(new byte[300 * 3], 30, 10);
        Image tall = Image.of(new byte[300 * 3], 10, 30);
        assertNotEquals(wide, tall);
        assertEquals(wide, Image.of(new byte[300 * 3], 30, 10));
        assertEquals("Image[30 x 10]", wide.toString());
    }

    /// Every other way of storing the same picture gives the same samples.
    @Test
    void read_interlacedPng_isTheSamePicture() throws IOException {
        Image source = ResizeTest.noise(23, 11);
        Image interlaced = Image.read(TestPictures.encodeInterlacedPng(source));
        assertEquals(source, interlaced);
    }

    @Test
    void read_bitmapOfRuns_isTheSamePicture() {
        Random random = new Random(1);
        byte[] rows = new byte[0];
        byte[] expected = new byte[20 * 5 * 3];
        for (int y = 4; y >= 0; y--) { // stored from the bottom: a run of each row, then three as they are
            int run = random.nextInt(256);
            rows = TestPictures.concat(rows, new byte[] {17, (byte) run, 0, 3, 1, 2, 3, 0, 0, (byte) (y == 0 ? 1 : 0)});
            for (int x = 0; x < 20; x++) {
                int index = x < 17 ? run : x - 16;
                for (int c = 0; c < 3; c++) {
                    expected[3 * (20 * y + x) + c] = (byte) (255 - index);
                }
            }
        }
        byte[] file = TestPictures.bitmapOfRuns(20, 5, rows);
        assertEquals(Image.of(expected, 20, 5), Image.read(file));

        byte[] early = file.clone();
        early[file.length - 11] = 1; // end of the picture, one row early
        assertEquals(
                "picture: truncated BMP: the pixels end after 4 of 5 rows; is the download complete?",
                assertThrows(ImageFormatException.class, () -> Image.read(early))
                        .getMessage());
        byte[] wide = file.clone();
        wide[14 + 40 + 1024] = 18;
        assertEquals(
                "picture: damaged BMP: the run at byte 1080 leaves the picture of 20 x 5; get or save it again",
                assertThrows(ImageFormatException.class, () -> Image.read(wide)).getMessage());
        byte[] narrow = file.clone();
        narrow[14 + 40 + 1024] = 16;
        assertEquals(
                "picture: truncated BMP: row 0 ends after 19 of 20 pixels; is the download complete?",
                assertThrows(ImageFormatException.class, () -> Image.read(narrow))
                        .getMessage());
    }

    /// A frame that does not cover the screen lies on the first colour, or on nothing.
    @Test
    void read_gifWithSmallFrame_liesOnItsScreen() {
        byte[] gif = Resources.bytes("pillow/p.gif");
        Image frame = Image.read(gif);
        System.arraycopy(TestPictures.int16le(50), 0, gif, 6, 2);
        System.arraycopy(TestPictures.int16le(40), 0, gif, 8, 2);
        System.arraycopy(TestPictures.int16le(3), 0, gif, 206, 2);
        System.arraycopy(TestPictures.int16le(4), 0, gif, 208, 2);
        int first = (gif[13] & 0xFF) << 16 | (gif[14] & 0xFF) << 8 | (gif[15] & 0xFF);
        assertEquals(frame.placed(50, 40, 3, 4, first), Image.read(gif));

        byte[] control = {0x21, (byte) 0xF9, 4, 1, 0, 0, 5, 0};
        byte[] transparent = TestPictures.insert(gif, 205, control);
        Image image = Image.read(transparent);
        for (int[] corner : new int[][] {{0, 0}, {49, 0}, {0, 39}, {49, 39}, {2, 20}, {20, 3}}) {
            for (int c = 0; c < 3; c++) {
                assertEquals(255, image.sample(corner[0], corner[1], c));
            }
        }
    }

    @Test
    void read_path_isTheSameAsItsBytes(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("misnamed.jpg");
        byte[] png = Resources.bytes("pillow/rgb.png");
        Files.write(file, png);
        assertEquals(Image.read(png), Image.read(file));
    }

    @Test
    void read_pathWithoutPicture_isRefused(@TempDir Path folder) throws IOException {
        Path missing = folder.resolve("missing.png");
        assertEquals(
                missing + ": no such file; check the path",
                assertThrows(ImageFormatException.class, () -> Image.read(missing))
                        .getMessage());
        assertEquals(
                folder + ": this is a directory, expected a picture; give a picture file",
                assertThrows(ImageFormatException.class, () -> Image.read(folder))
                        .getMessage());
        Path large = folder.resolve("large.png");
        Files.write(large, new byte[50]);
        ImageOptions options = ImageOptions.DEFAULT.withLimits(new ImageLimits(49, 10, 10, 1));
        assertEquals(
                large + ": size of the file: 50 bytes exceeds the limit of 49 bytes; make the picture smaller, or raise"
                        + " maxBytes in ImageLimits",
                assertThrows(ResourceLimitException.class, () -> Image.read(large, options))
                        .getMessage());
    }

    /// A device is not waited for.
    @Test
    void read_device_isRefused() {
        Path device = Path.of("/dev/zero");
        assumeTrue(Files.exists(device), "no such device on this system");
        assertEquals(
                "/dev/zero: this is no regular file, expected a picture; give a picture file",
                assertThrows(ImageFormatException.class, () -> Image.read(device))
                        .getMessage());
    }
}
