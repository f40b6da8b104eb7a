package io.peregrine.model.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.ArrayList;
import java.util.List;

/// A GIF file (GIF89a specification): all blocks are walked to the trailer, the first frame is the picture.
/// It is laid on the file's screen as a viewer would; of an animation nothing else is decoded.
final class GifFile implements EncodedPicture {

    private static final int HEADER_BYTES = 13;

    private static final int EXTENSION = 0x21;
    private static final int FRAME = 0x2C;
    private static final int TRAILER = 0x3B;
    private static final int GRAPHIC_CONTROL = 0xF9;

    /// A screen may be this many times larger than its first frame, and a little more: what is not backed by
    /// data must not cost memory.
    private static final long MOST_SCREENS = 16;

    private static final long SMALL_SCREEN = 1 << 16;

    private final PictureBytes file;
    private final Excerpt clean;
    private final int globalColours;
    private int width;
    private int height;
    private int frames;
    private int frameLeft;
    private int frameTop;
    private int frameWidth;
    private int frameHeight;
    private int transparentColour = -1;

    static GifFile parse(PictureBytes file) {
        GifFile gif = new GifFile(file);
        gif.walk();
        return gif;
    }

    private GifFile(PictureBytes file) {
        this.file = file;
        this.clean = new Excerpt(file.array());
        this.width = file.u16le(6, "screen size");
        this.height = file.u16le(8, "screen size");
        this.globalColours = colours(file.u8(10, "screen flags"));
        file.need(HEADER_BYTES, 3L * globalColours, "colour table");
        file.checkSize(Math.max(width, 1), Math.max(height, 1));
    }

    /// Colours of the table that flags announce, 0 if there is none.
    private static int colours(int flags) {
        return (flags & 0x80) == 0 ? 0 : 2 << (flags & 7);
    }

    private void walk() {
        long at = HEADER_BYTES + 3L * globalColours;
        clean.keep(0, (int) at);
        while (true) {
            int block = file.u8(at, "block");
            if (block == TRAILER) {
                break;
            }
            at = switch (block) {
                case EXTENSION -> extension(at);
                case FRAME -> frame(at);
                default ->
                    throw file.damaged("byte " + at + " is " + block
                            + ", expected an extension (33), a frame (44) or the trailer (59)");
            };
        }
        if (frames == 0) {
            throw file.damaged("there is no frame before the trailer at byte " + at);
        }
        clean.insert(TRAILER);
        if ((long) width * height > MOST_SCREENS * frameWidth * frameHeight + SMALL_SCREEN) {
            throw file.damaged("its screen is " + width + " x " + height + " pixels, its first frame only " + frameWidth
                    + " x " + frameHeight);
        }
    }

    private long extension(long at) {
        int label = file.u8(at + 1, "extension");
        long end = skip(at + 2);
        if (label == GRAPHIC_CONTROL && frames == 0) {
            if (file.u8(at + 2, "graphic control") < 4) {
                throw file.damaged("the graphic control at byte " + at + " is too short");
            }
            boolean transparent = (file.u8(at + 3, "graphic control") & 1) != 0;
            transparentColour = transparent ? file.u8(at + 6, "graphic control") : -1;
            clean.keep((int) at, (int) (end - at));
        }
        return end;
    }

    private long frame(long at) {
        file.need(at, 10, "frame header");
        int localColours = colours(file.u8(at + 9, "frame header"));
        long codes = at + 10 + 3L * localColours;
        file.need(codes, 2, "frame data");
        long end = skip(codes + 1);
        if (++frames > 1) {
            return end;
        }
        frameLeft = file.u16le(at + 1, "frame header");
        frameTop = file.u16le(at + 3, "frame header");
        frameWidth = file.u16le(at + 5, "frame header");
        frameHeight = file.u16le(at + 7, "frame header");
        if (frameWidth == 0 || frameHeight == 0) {
            throw file.damaged("the frame at byte " + at + " is " + frameWidth + " x " + frameHeight
                    + " pixels, expected at least 1 per side");
        }
        if (localColours == 0 && globalColours == 0) {
            throw file.damaged("the frame at byte " + at + " has no colour table");
        }
        width = Math.max(width, frameLeft + frameWidth);
        height = Math.max(height, frameTop + frameHeight);
        file.checkSize(width, height);
        new GifCodes(file, codes).check((long) frameWidth * frameHeight);
        clean.keep((int) at, (int) (end - at));
        return end;
    }

    /// Skips a chain of data blocks.
    private long skip(long at) {
        while (true) {
            int length = file.u8(at, "data block");
            at++;
            if (length == 0) {
                return at;
            }
            file.need(at, length, "data block");
            at += length;
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
        List<String> notes = new ArrayList<>();
        if (frames > 1) {
            notes.add("the first of " + frames + " frames");
        }
        return notes;
    }

    @Override
    public Raster8 decode(Transparency transparency) {
        BufferedImage picture = Decoder.picture(file, clean.open(), frameWidth, frameHeight);
        if (!(picture.getColorModel() instanceof IndexColorModel palette)) {
            throw file.damaged("its frame has no palette");
        }
        BufferedPixels.checkIndices(file, picture.getRaster(), palette.getMapSize());
        Raster8 frame = BufferedPixels.of(picture, transparency);
        if (frameWidth == width && frameHeight == height) {
            return frame;
        }
        // What the frame leaves of the screen is transparent, or the first colour.
        int index = transparentColour >= 0 && transparentColour < palette.getMapSize() ? transparentColour : 0;
        boolean seen = transparentColour < 0 || transparency == Transparency.DROP;
        int fill = seen ? palette.getRGB(index) & 0xFFFFFF : 0xFFFFFF;
        return Geometry.place(frame, width, height, frameLeft, frameTop, fill);
    }
}
