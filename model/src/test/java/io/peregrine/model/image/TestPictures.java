package io.peregrine.model.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Picture files made for tests, whole and broken.
final class TestPictures {

    static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

    private TestPictures() {}

    /// Encodes with the JDK's writer.
    static byte[] encode(Image image, String format) {
        return encode(buffered(image), format);
    }

    private static BufferedImage buffered(Image image) {
        BufferedImage buffered = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                buffered.setRGB(x, y, image.sample(x, y, 0) << 16 | image.sample(x, y, 1) << 8 | image.sample(x, y, 2));
            }
        }
        return buffered;
    }

    /// Encodes with the seven passes of PNG.
    static byte[] encodeInterlacedPng(Image image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(buffered(image), null, null), param);
        } finally {
            writer.dispose();
        }
        byte[] png = out.toByteArray();
        if (png[28] != 1) {
            throw new IllegalStateException("the writer does not interlace");
        }
        return png;
    }

    /// A bitmap of 256 colours, 0 white to 255 black, with run-length coded rows.
    static byte[] bitmapOfRuns(int width, int height, byte[] runs) {
        byte[] palette = new byte[1024];
        for (int i = 0; i < 1024; i++) {
            palette[i] = (byte) (255 - i / 4);
        }
        return concat(
                ascii("BM"),
                int32le(1078 + runs.length),
                new byte[4],
                int32le(1078),
                int32le(40),
                int32le(width),
                int32le(height),
                int16le(1),
                int16le(8),
                int32le(1),
                int32le(runs.length),
                new byte[16],
                palette,
                runs);
    }

    static byte[] encode(BufferedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(image, format, stream)) {
                throw new IllegalArgumentException("no writer for " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// `file` with `part` put in at `at`.
    static byte[] insert(byte[] file, int at, byte[] part) {
        return concat(Arrays.copyOf(file, at), part, Arrays.copyOfRange(file, at, file.length));
    }

    /// Big-endian.
    static byte[] int32(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static byte[] int32le(int value) {
        return int32(Integer.reverseBytes(value));
    }

    static byte[] int16(int value) {
        return ByteBuffer.allocate(2).putShort((short) value).array();
    }

    static byte[] int16le(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8)};
    }

    static byte[] chunk(String type, byte[] data) {
        CRC32 crc = new CRC32();
        crc.update(ascii(type));
        crc.update(data);
        return concat(int32(data.length), ascii(type), data, int32((int) crc.getValue()));
    }

    static byte[] pngHeader(int width, int height, int depth, int colour) {
        byte[] kind = {(byte) depth, (byte) colour, 0, 0, 0};
        return concat(PNG_SIGNATURE, chunk("IHDR", concat(int32(width), int32(height), kind)));
    }

    /// A PNG whose data are `rawBytes` zeros.
    static byte[] zeroPng(int width, int height, int depth, int colour, long rawBytes) {
        return concat(
                pngHeader(width, height, depth, colour),
                chunk("IDAT", deflatedZeros(rawBytes)),
                chunk("IEND", new byte[0]));
    }

    static byte[] deflatedZeros(long count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(out, new Deflater(1))) {
            byte[] zeros = new byte[1 << 16];
            for (long left = count; left > 0; left -= zeros.length) {
                deflated.write(zeros, 0, (int) Math.min(left, zeros.length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] deflate(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(out)) {
            deflated.write(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// `png` with chunks after its header.
    static byte[] withChunks(byte[] png, byte[]... chunks) {
        return insert(png, 33, concat(chunks));
    }

    /// `jpeg` with a segment before all others.
    static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
        byte[] head = {(byte) 0xFF, (byte) marker};
        return insert(jpeg, 2, concat(head, int16(content.length + 2), content));
    }

    /// EXIF data that say nothing but an orientation.
    static byte[] exif(int orientation, boolean littleEndian) {
        return littleEndian
                ? concat(
                        ascii("II"),
                        int16le(42),
                        int32le(8),
                        int16le(1),
                        int16le(0x0112),
                        int16le(3),
                        int32le(1),
                        int16le(orientation),
                        new byte[6])
                : concat(
                        ascii("MM"),
                        int16(42),
                        int32(8),
                        int16(1),
                        int16(0x0112),
                        int16(3),
                        int32(1),
                        int16(orientation),
                        new byte[6]);
    }

    /// Smooth colours that JPEG keeps well.
    static Image gradient(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = 3 * (y * width + x);
                rgb[i] = (byte) (255 * x / width);
                rgb[i + 1] = (byte) (255 * y / height);
                rgb[i + 2] = (byte) (x < width / 3 && y < height / 4 ? 255 : 40);
            }
        }
        return Image.of(rgb, width, height);
    }
}
