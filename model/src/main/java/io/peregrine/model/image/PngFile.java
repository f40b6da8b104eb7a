package io.peregrine.model.image;

import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/// A PNG file (W3C Portable Network Graphics, third edition): every chunk is walked and its checksum compared
/// before anything is decoded. The decoder is given only the chunks that make the picture: text, colour
/// profiles and gamma never reach it, so that they can neither blow up nor change colours.
final class PngFile implements EncodedPicture {

    private static final int SIGNATURE_BYTES = 8;

    /// Length, type and checksum around the data of a chunk.
    private static final int CHUNK_FRAME = 12;

    /// No deflate stream gives more bytes than this for each of its own (RFC 1951: 258 bytes for 2 bits).
    private static final long DEFLATE_RATIO = 1032;

    private static final int GREY = 0;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int GREY_ALPHA = 4;
    private static final int RGB_ALPHA = 6;

    private final PictureBytes file;
    private final Excerpt clean;
    private final List<String> notes = new ArrayList<>();
    private final int width;
    private final int height;
    private final int depth;
    private final int colour;
    private final boolean interlaced;
    private Orientation orientation = Orientation.UPRIGHT;
    private int paletteSize;
    private long dataBytes;
    private boolean ended;

    static PngFile parse(PictureBytes file) {
        PngFile png = new PngFile(file);
        png.walk();
        return png;
    }

    /// Reads the header chunk, which has to be the first.
    private PngFile(PictureBytes file) {
        this.file = file;
        this.clean = new Excerpt(file.array());
        String type = type(SIGNATURE_BYTES);
        if (type.equals("CgBI")) {
            throw file.unsupported("a PNG in Apple's private variant (chunk CgBI)");
        }
        int at = SIGNATURE_BYTES + 8;
        if (!type.equals("IHDR") || file.u32be(SIGNATURE_BYTES, "length of the first chunk") != 13) {
            throw file.damaged("the first chunk is " + type + " of " + file.u32be(SIGNATURE_BYTES, "first chunk")
                    + " bytes, expected IHDR of 13 bytes");
        }
        file.need(at, 13, "header IHDR");
        this.width = file.i32be(at, "width");
        this.height = file.i32be(at + 4, "height");
        this.depth = file.u8(at + 8, "bit depth");
        this.colour = file.u8(at + 9, "colour type");
        int compression = file.u8(at + 10, "compression method");
        int filter = file.u8(at + 11, "filter method");
        int interlace = file.u8(at + 12, "interlace method");
        if (width < 1 || height < 1) {
            throw file.damaged("the header says " + (width & 0xFFFF_FFFFL) + " x " + (height & 0xFFFF_FFFFL)
                    + " pixels, expected 1 to 2147483647 per side");
        }
        file.checkSize(width, height);
        if (!legal(depth, colour)) {
            throw file.damaged("the header says bit depth " + depth + " with colour type " + colour
                    + ", which is no combination of the format");
        }
        if (compression != 0 || filter != 0 || interlace > 1) {
            throw file.damaged("the header says compression " + compression + ", filter " + filter + ", interlace "
                    + interlace + ", expected 0, 0 and 0 or 1");
        }
        this.interlaced = interlace == 1;
    }

    private static boolean legal(int depth, int colour) {
        return switch (colour) {
            case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
            default -> false;
        };
    }

    /// From chunk to chunk until IEND; what follows it is no part of the picture.
    private void walk() {
        clean.keep(0, SIGNATURE_BYTES);
        CRC32 crc = new CRC32();
        long at = SIGNATURE_BYTES;
        while (!ended) {
            if (at == file.size()) {
                throw file.truncated("the file ends at byte " + at + " without the end chunk IEND");
            }
            String type = type(at);
            long length = file.u32be(at, "length of a chunk");
            file.need(at, length + CHUNK_FRAME, "chunk " + type);
            crc.reset();
            crc.update(file.array(), (int) at + 4, (int) length + 4);
            int stored = file.i32be(at + 8 + length, "checksum");
            if (stored != (int) crc.getValue()) {
                throw file.damaged(String.format(
                        Locale.ROOT,
                        "chunk %s at byte %d has the checksum %08x, its data give %08x",
                        type,
                        at,
                        stored,
                        (int) crc.getValue()));
            }
            chunk(type, (int) at, (int) length);
            at += length + CHUNK_FRAME;
        }
        if (colour == PALETTE && paletteSize == 0) {
            throw file.damaged("colours come from a palette, but there is no chunk PLTE");
        }
        long needed = rawBytes();
        if (needed > dataBytes * DEFLATE_RATIO) {
            throw file.truncated(width + " x " + height + " pixels need " + needed + " bytes, but the " + dataBytes
                    + " bytes of IDAT hold at most " + dataBytes * DEFLATE_RATIO);
        }
    }

    private void chunk(String type, int at, int length) {
        switch (type) {
            case "IHDR" -> {
                if (at != SIGNATURE_BYTES) {
                    throw file.damaged("a second header IHDR at byte " + at);
                }
                keep(at, length);
            }
            case "tRNS" -> keep(at, length);
            case "PLTE" -> {
                if (length == 0 || length % 3 != 0 || length > 3 * 256) {
                    throw file.damaged("the palette at byte " + at + " has " + length
                            + " bytes, expected 3 for each of 1 to 256 colours");
                }
                paletteSize = length / 3;
                keep(at, length);
            }
            case "IDAT" -> {
                dataBytes += length;
                keep(at, length);
            }
            case "IEND" -> {
                keep(at, length);
                ended = true;
            }
            case "eXIf" -> turn(Exif.orientation(file.array(), at + 8, at + 8 + length));
            case "acTL" ->
                notes.add("the default picture of an animated PNG of "
                        + (length < 4 ? 0 : file.u32be(at + 8, "number of frames")) + " frames");
            default -> {
                if (Character.isUpperCase(type.charAt(0))) {
                    throw file.damaged("unknown critical chunk " + type + " at byte " + at);
                }
            }
        }
    }

    private void turn(Orientation found) {
        orientation = found;
        if (found != Orientation.UPRIGHT) {
            notes.add("turned upright, EXIF orientation " + found.exifValue());
        }
    }

    private void keep(int at, int length) {
        clean.keep(at, length + CHUNK_FRAME);
    }

    /// The type of the chunk at `at`: four letters.
    private String type(long at) {
        file.need(at, 8, "head of a chunk");
        for (int i = 4; i < 8; i++) {
            int c = file.array()[(int) at + i] & 0xDF;
            if (c < 'A' || c > 'Z') {
                throw file.damaged("no chunk type at byte " + (at + 4) + ", expected four letters");
            }
        }
        return new String(file.array(), (int) at + 4, 4, StandardCharsets.US_ASCII);
    }

    /// Bytes that the data chunks hold once inflated: rows of packed samples, each with a filter byte.
    private long rawBytes() {
        if (!interlaced) {
            return rawBytes(width, height);
        }
        long sum = 0;
        int[][] passes = {
            {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
        };
        for (int[] pass : passes) { // first column, first row, step in x, step in y
            long columns = ((long) width - pass[0] + pass[2] - 1) / pass[2];
            long rows = ((long) height - pass[1] + pass[3] - 1) / pass[3];
            sum += columns == 0 ? 0 : rawBytes(columns, rows);
        }
        return sum;
    }

    private long rawBytes(long columns, long rows) {
        int samples = switch (colour) {
            case GREY_ALPHA -> 2;
            case RGB -> 3;
            case RGB_ALPHA -> 4;
            default -> 1;
        };
        return rows * (1 + Math.ceilDiv(columns * samples * depth, 8)); // bounded by the limits
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public Orientation orientation() {
        return orientation;
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public Raster8 decode(Transparency transparency) {
        BufferedImage picture = Decoder.picture(file, clean.open(), width, height);
        if (colour == PALETTE) { // the decoder fills a short palette up with colours that nobody chose
            BufferedPixels.checkIndices(file, picture.getRaster(), paletteSize);
        }
        return BufferedPixels.of(picture, transparency);
    }
}
