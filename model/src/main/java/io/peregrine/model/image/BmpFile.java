package io.peregrine.model.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.List;
import java.util.Set;

/// A Windows or OS/2 bitmap (headers `BITMAPCOREHEADER` to `BITMAPV5HEADER` of the Windows GDI reference),
/// with all its sizes compared with the file. Alpha in a bitmap is ignored, as most programs do.
final class BmpFile implements EncodedPicture {

    private static final int FILE_HEADER_BYTES = 14;
    private static final int CORE_HEADER_BYTES = 12;
    private static final int INFO_HEADER_BYTES = 40;
    private static final Set<Integer> HEADER_BYTES = Set.of(CORE_HEADER_BYTES, INFO_HEADER_BYTES, 108, 124);

    private static final int PLAIN = 0;
    private static final int RUNS_OF_8 = 1;
    private static final int RUNS_OF_4 = 2;
    private static final int MASKS = 3;

    private final PictureBytes file;
    private final int width;
    private final int height;
    private final int depth;
    private final int compression;

    static BmpFile parse(PictureBytes file) {
        return new BmpFile(file);
    }

    private BmpFile(PictureBytes file) {
        this.file = file;
        long data = file.u32le(10, "place of the pixels");
        long headerBytes = file.u32le(14, "size of the header");
        if (!HEADER_BYTES.contains((int) headerBytes)) {
            throw file.unsupported("a BMP with a header of " + headerBytes + " bytes");
        }
        file.need(FILE_HEADER_BYTES, headerBytes, "header");
        boolean core = headerBytes == CORE_HEADER_BYTES;
        this.width = core ? file.u16le(18, "width") : file.i32le(18, "width");
        int rows = core ? file.u16le(20, "height") : file.i32le(22, "height");
        this.depth = file.u16le(core ? 24 : 28, "bits per pixel");
        this.compression = core ? PLAIN : file.i32le(30, "compression");
        if (width < 1 || rows == 0 || rows == Integer.MIN_VALUE) {
            throw file.damaged("the header says " + width + " x " + rows + " pixels, expected at least 1 per side");
        }
        this.height = Math.abs(rows);
        file.checkSize(width, height);
        checkKind();
        long table =
                FILE_HEADER_BYTES + headerBytes + (compression == MASKS && headerBytes == INFO_HEADER_BYTES ? 12 : 0);
        long colours = core ? 0 : file.u32le(46, "number of colours");
        if (depth <= 8) {
            if (colours > 1L << depth) {
                throw file.damaged("the palette has " + colours + " colours, expected at most " + (1 << depth));
            }
            table += (core ? 3 : 4) * (colours == 0 ? 1L << depth : colours);
        }
        if (data < table) {
            throw file.damaged("the pixels begin at byte " + data + ", within the header that ends at byte " + table);
        }
        file.need(data, 1, "pixels");
        if (compression == RUNS_OF_8 || compression == RUNS_OF_4) {
            if (rows < 0) {
                throw file.damaged("it is compressed and stored from the top, which excludes each other");
            }
            new BmpRuns(file, data, compression == RUNS_OF_4).check(width, height);
        } else {
            file.need(data, Math.ceilDiv((long) width * depth, 32) * 4 * height, "pixels");
        }
    }

    private void checkKind() {
        boolean known = switch (compression) {
            case PLAIN -> Set.of(1, 4, 8, 16, 24, 32).contains(depth);
            case RUNS_OF_8 -> depth == 8;
            case RUNS_OF_4 -> depth == 4;
            case MASKS -> depth == 16 || depth == 32;
            default -> false;
        };
        if (!known) {
            throw file.unsupported("a BMP of " + depth + " bits per pixel with compression " + compression);
        }
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
        return Orientation.UPRIGHT;
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public Raster8 decode(Transparency transparency) {
        BufferedImage picture = Decoder.picture(file, new ByteImageStream(file.array(), file.size()), width, height);
        if (picture.getColorModel() instanceof IndexColorModel palette) {
            BufferedPixels.checkIndices(file, picture.getRaster(), palette.getMapSize());
        }
        return BufferedPixels.of(picture, Transparency.DROP);
    }
}
