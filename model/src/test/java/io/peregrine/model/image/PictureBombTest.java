package io.peregrine.model.image;

import static io.peregrine.model.image.TestPictures.ascii;
import static io.peregrine.model.image.TestPictures.chunk;
import static io.peregrine.model.image.TestPictures.concat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RELIABILITY section 9, rows 50, 51, 55 and 56: pictures that would cost too much cost nothing.
class PictureBombTest {

    /// How long a refusal may take at most, and how long it may take to read past metadata.
    private static final long REFUSAL_NANOS = 5_000_000;

    private static final long METADATA_NANOS = 10_000_000;

    /// What an error costs, and the parser's own small objects.
    private static final long LITTLE_BYTES = 200_000;

    /// Row 50, `image-bomb`: 97 KB that give 10,000 x 10,000.
    @DisplayName("50 image-bomb")
    @Test
    void imageBomb_flatPng() {
        byte[] bomb = TestPictures.zeroPng(10_000, 10_000, 8, 0, 10_001L * 10_000);
        assertEquals(
                "x.png: area of the picture: 10000 x 10000 pixels (100000000) exceeds the limit of 64000000 pixels;"
                        + " make the picture smaller, or raise maxPixels in ImageLimits",
                refusal(ResourceLimitException.class, bomb, LITTLE_BYTES));
    }

    /// Row 50: 68 bytes that claim 20,000 x 20,000.
    @DisplayName("50 image-bomb")
    @Test
    void imageBomb_header() {
        byte[] bomb = TestPictures.zeroPng(20_000, 20_000, 8, 2, 10);
        assertTrue(bomb.length <= 68);
        assertEquals(
                "x.png: side of the picture: 20000 x 20000 pixels exceeds the limit of 16384 pixels per side; make the"
                        + " picture smaller, or raise maxSide in ImageLimits",
                refusal(ResourceLimitException.class, bomb, LITTLE_BYTES));
    }

    /// Row 50 within the limits: a size that the data cannot fill costs nothing either.
    @DisplayName("50 image-bomb")
    @Test
    void imageBomb_withinLimits() {
        byte[] png = TestPictures.zeroPng(8000, 8000, 16, 6, 1000);
        assertEquals(
                "x.png: truncated PNG: 8000 x 8000 pixels need 512008000 bytes, but the 19 bytes of IDAT hold at most"
                        + " 19608; is the download complete?",
                refusal(ImageFormatException.class, png, LITTLE_BYTES));

        byte[] jpeg = Resources.bytes("pillow/s2b.jpg");
        int frame = 158;
        assertEquals(0xC0, jpeg[frame + 1] & 0xFF);
        System.arraycopy(TestPictures.int16(8000), 0, jpeg, frame + 5, 2);
        System.arraycopy(TestPictures.int16(8000), 0, jpeg, frame + 7, 2);
        assertEquals(
                "x.png: truncated JPEG: 8000 x 8000 pixels need at least 375000 bytes of picture data,"
                        + " the file has 287; is the download complete?",
                refusal(ImageFormatException.class, jpeg, LITTLE_BYTES));

        byte[] gif = Resources.bytes("pillow/p.gif");
        for (int at : new int[] {6, 8, 210, 212}) {
            System.arraycopy(TestPictures.int16le(8000), 0, gif, at, 2);
        }
        assertEquals(
                "x.png: truncated GIF: the data of the first frame end after 1073 of 64000000 pixels; is the download"
                        + " complete?",
                refusal(ImageFormatException.class, gif, LITTLE_BYTES));

        byte[] bmp = Resources.bytes("pillow/p8.bmp");
        System.arraycopy(TestPictures.int32le(8000), 0, bmp, 18, 4);
        System.arraycopy(TestPictures.int32le(8000), 0, bmp, 22, 4);
        assertEquals(
                "x.png: truncated BMP: the file ends at byte 1614, expected 64000000 bytes at byte 454 (pixels); is the"
                        + " download complete?",
                refusal(ImageFormatException.class, bmp, LITTLE_BYTES));
    }

    /// Row 51, `image-extreme-ratio`.
    @DisplayName("51 image-extreme-ratio")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "52800 | 44 | side of the picture: 52800 x 44 pixels exceeds the limit of 16384 pixels per side "
                        + "| maxSide",
                "1 | 16384 | ratio of the sides: 1 x 16384 pixels exceeds the limit of 200:1 | maxRatio",
                "402 | 2 | ratio of the sides: 402 x 2 pixels exceeds the limit of 200:1 | maxRatio",
            })
    void imageExtremeRatio(int width, int height, String detail, String limit) {
        byte[] png = TestPictures.zeroPng(width, height, 8, 0, (width + 1L) * height);
        assertEquals(
                "x.png: " + detail + "; make the picture smaller, or raise " + limit + " in ImageLimits",
                refusal(ResourceLimitException.class, png, LITTLE_BYTES));
    }

    /// Row 51: what is allowed has a defined result in every way of fitting.
    @DisplayName("51 image-extreme-ratio")
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 200", "16384, 82", "3, 2"})
    void imageExtremeRatio_allowed(int width, int height) {
        Image image = Image.read(TestPictures.zeroPng(width, height, 8, 0, (width + 1L) * height));
        for (Fit fit : Fit.values()) {
            SquareRecipe recipe = new SquareRecipe(28, fit, Resampling.BICUBIC, Normalisation.CLIP);
            Pixels view = recipe.apply(image);
            assertEquals(28 * 28 * 3, view.values().length);
        }
    }

    /// A long strip is not blown up to its square: that would take 805 MB.
    @DisplayName("51 image-extreme-ratio")
    @Test
    void imageExtremeRatio_padded_takesLittleMemory() {
        Image strip = Image.of(new byte[16_384 * 82 * 3], 16_384, 82);
        long allocated = allocated(() -> strip.resizedInSquare(336, 0x808080, Resampling.BICUBIC).sample(0, 0, 0));
        assertTrue(allocated < 20_000_000, allocated + " bytes");
    }

    /// Nor does it take the time of its square: 2.3 s if it did.
    @DisplayName("51 image-extreme-ratio")
    @Test
    void imageExtremeRatio_padded_takesLittleTime() {
        Image strip = Image.of(new byte[82 * 16_384 * 3], 82, 16_384);
        long nanos = nanos(() -> strip.resizedInSquare(336, 0x808080, Resampling.BICUBIC).sample(0, 0, 0));
        assertTrue(nanos < 300_000_000, nanos + " ns");
    }

    /// Row 55, `image-metadata-bomb`: 150 MB behind compressed text and profiles are never unpacked.
    @DisplayName("55 image-metadata-bomb")
    @Test
    void imageMetadataBomb() {
        byte[] png = Resources.bytes("pillow/rgb.png");
        byte[] packed = TestPictures.deflatedZeros(150_000_000);
        byte[] bomb = TestPictures.withChunks(
                png,
                chunk("iCCP", concat(ascii("p\0\0"), packed)),
                chunk("zTXt", concat(ascii("t\0\0"), packed)),
                chunk("iTXt", concat(ascii("i\0\1\0\0\0"), packed)));
        Image plain = Image.read(png);
        Image[] read = new Image[1];
        long allocated = allocated(() -> read[0] = Image.read(bomb));
        assertEquals(plain, read[0]);
        assertTrue(allocated < 1_000_000, allocated + " bytes");
        long nanos = nanos(() -> Image.read(bomb));
        assertTrue(nanos < METADATA_NANOS, nanos + " ns");

        byte[] jpeg = Resources.bytes("pillow/s2b.jpg");
        byte[] loaded = jpeg;
        for (int i = 0; i < 200; i++) {
            loaded = TestPictures.withSegment(loaded, 0xE2, concat(ascii("ICC_PROFILE\0\1\1"), new byte[60_000]));
        }
        byte[] heavy = loaded;
        allocated = allocated(() -> read[0] = Image.read(heavy));
        assertEquals(Image.read(jpeg), read[0]);
        assertTrue(allocated < 1_000_000, allocated + " bytes");
        long nanosOfJpeg = nanos(() -> Image.read(heavy));
        assertTrue(nanosOfJpeg < METADATA_NANOS, nanosOfJpeg + " ns");
    }

    @Test
    void read_fileOfTooManyBytes_isRefused() {
        ImageLimits small = new ImageLimits(1000, 16_384, 64_000_000, 200);
        ResourceLimitException e = assertThrows(
                ResourceLimitException.class,
                () -> Image.read(new byte[1001], "x", ImageOptions.DEFAULT.withLimits(small)));
        assertEquals(
                "x: size of the file: 1001 bytes exceeds the limit of 1000 bytes; make the picture smaller, or raise"
                        + " maxBytes in ImageLimits",
                e.getMessage());
    }

    /// Row 56, `image-decoder-throws`: whatever a decoder throws comes out as one kind of error, without its
    /// text.
    @DisplayName("56 image-decoder-throws")
    @Test
    void imageDecoderThrows() {
        PictureBytes file = new PictureBytes("x", "PNG", new byte[1], ImageLimits.DEFAULT);
        ImageFormatException e = assertThrows(
                ImageFormatException.class,
                () -> Decoder.decode(file, new ByteImageStream(file.array(), 1), warning -> {}, reader -> {
                    throw new ArrayIndexOutOfBoundsException("heap address 0x7f00");
                }));
        assertEquals("x: damaged PNG: its picture data cannot be decoded; get or save it again", e.getMessage());
    }

    /// Row 56: a picture that is allowed and does not fit into the heap.
    @DisplayName("56 image-decoder-throws")
    @Test
    void imageDecoderThrows_outOfMemory() {
        long heap = Runtime.getRuntime().maxMemory();
        assumeTrue(heap <= 2L << 30, "the heap is so large that nothing would run out");
        int side = 26_400;
        byte[] header = TestPictures.concat(
                ascii("BM"),
                new byte[8],
                TestPictures.int32le(62),
                TestPictures.int32le(40),
                TestPictures.int32le(side),
                TestPictures.int32le(side),
                TestPictures.int16le(1),
                TestPictures.int16le(1),
                new byte[32]);
        byte[] bmp = Arrays.copyOf(header, header.length + side / 8 * side);
        ImageLimits lifted = new ImageLimits(bmp.length, side, 700_000_000, 200);
        ImageFormatException e = assertThrows(
                ImageFormatException.class, () -> Image.read(bmp, "x.bmp", ImageOptions.DEFAULT.withLimits(lifted)));
        assertEquals(
                "x.bmp: not enough memory to decode 26400 x 26400 pixels (heap of " + (heap >> 20)
                        + " MiB); make the picture smaller, or the heap larger with -Xmx",
                e.getMessage());
    }

    @Test
    void limits_thatMakeNoSense_areRefused() {
        assertEquals(
                "maxBytes is 0, expected 1 to 2147482623",
                assertThrows(IllegalArgumentException.class, () -> new ImageLimits(0, 1, 1, 1))
                        .getMessage());
        assertEquals(
                "maxPixels is 700000001, expected 1 to 700000000",
                assertThrows(IllegalArgumentException.class, () -> new ImageLimits(1, 1, 700_000_001, 1))
                        .getMessage());
        assertEquals(
                "maxSide and maxRatio are 0 and 1, expected at least 1",
                assertThrows(IllegalArgumentException.class, () -> new ImageLimits(1, 0, 1, 1))
                        .getMessage());
    }

    /// @return the message, after a check of what the refusal allocates beyond the file itself
    private static String refusal(Class<? extends PeregrineException> type, byte[] file, long limit) {
        assertThrows(type, () -> Image.read(file, "x.png", ImageOptions.DEFAULT)); // loads classes
        PeregrineException[] error = new PeregrineException[1];
        long allocated =
                allocated(() -> error[0] = assertThrows(type, () -> Image.read(file, "x.png", ImageOptions.DEFAULT)));
        assertTrue(allocated <= limit + file.length, allocated + " bytes");
        long nanos = nanos(() -> assertThrows(type, () -> Image.read(file, "x.png", ImageOptions.DEFAULT)));
        assertTrue(nanos < REFUSAL_NANOS, nanos + " ns");
        return String.valueOf(error[0].getMessage());
    }

    /// The least of several runs, in time of the processor: what others do on the machine does not count.
    private static long nanos(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int run = 0; run < 10; run++) {
            long before = threads.getCurrentThreadCpuTime();
            work.run();
            least = Math.min(least, threads.getCurrentThreadCpuTime() - before);
        }
        return least;
    }

    private static long allocated(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
