package io.peregrine.model.image;

import io.peregrine.core.ResourceLimitException;
import java.awt.image.Raster;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A JPEG file (ITU-T T.81; Exif 2.32 for what surrounds it): all segments are walked to the end marker, so
/// that a file cut short is found before the decoder, which would fill it up with grey. The decoder is given
/// only the tables and scans; comments, thumbnails and colour profiles never reach it, and it converts no
/// colours.
final class JpegFile implements EncodedPicture {

    private static final int SOF_PROGRESSIVE = 0xC2;

    /// Scans of a progressive file; encoders write about ten.
    private static final int MOST_SCANS = 100;

    /// Scans times pixels of a progressive file: each scan may visit every pixel at the cost of a few bytes.
    private static final long MOST_SCAN_PIXELS = 1_000_000_000;

    /// One colour component as the frame header describes it.
    private record Component(int id, int across, int down) {}

    private final PictureBytes file;
    private final Excerpt clean;
    private final List<Component> components = new ArrayList<>();
    private final List<Integer> scanned = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private int width;
    private int height;
    private int frame;
    private int scans;
    private long scanBytes;
    private boolean jfif;
    private int adobe = -1;
    private Orientation orientation = Orientation.UPRIGHT;

    static JpegFile parse(PictureBytes file) {
        JpegFile jpeg = new JpegFile(file);
        jpeg.walk();
        return jpeg;
    }

    private JpegFile(PictureBytes file) {
        this.file = file;
        this.clean = new Excerpt(file.array());
    }

    private void walk() {
        clean.keep(0, 2);
        long at = 2;
        while (true) {
            if (at == file.size()) {
                throw file.truncated("the file ends at byte " + at + " without the end marker FFD9");
            }
            if (file.u8(at, "marker") != 0xFF) {
                throw file.damaged(String.format(
                        Locale.ROOT, "byte %d is %02X, expected a marker (FF)", at, file.u8(at, "marker")));
            }
            int marker = file.u8(at + 1, "marker");
            if (marker == 0xFF) { // fill byte
                at++;
            } else if (marker == 0xD9) {
                clean.keep((int) at, 2);
                checkComplete();
                return;
            } else if (marker == 0x01 || marker >= 0xD0 && marker <= 0xD7) { // these stand alone
                at += 2;
            } else {
                int length = file.u16be(at + 2, "length of a segment");
                if (length < 2) {
                    throw file.damaged(
                            "the segment at byte " + at + " has the length " + length + ", expected at least 2");
                }
                file.need(at, length + 2L, String.format(Locale.ROOT, "segment FF%02X", marker));
                at = segment(marker, (int) at, length + 2);
            }
        }
    }

    /// @param bytes of the segment with its marker
    /// @return where the next marker is
    private long segment(int marker, int at, int bytes) {
        switch (marker) {
            case 0xC4, 0xDB, 0xDD -> clean.keep(at, bytes); // Huffman tables, quantisation tables, restart interval
            case 0xC0, 0xC1, SOF_PROGRESSIVE -> frame(marker, at, bytes);
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xDE -> throw file.unsupported("a lossless or hierarchical JPEG");
            case 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF -> throw file.unsupported("a JPEG with arithmetic coding");
            case 0xDA -> {
                return scan(at, bytes);
            }
            case 0xE0 -> jfif |= begins(at, bytes, "JFIF\0");
            case 0xE1 -> exif(at, bytes);
            case 0xEE -> {
                if (begins(at, bytes, "Adobe") && bytes >= 16) {
                    adobe = file.u8(at + 15, "colour transform");
                }
            }
            default -> {} // comments, profiles, thumbnails
        }
        return (long) at + bytes;
    }

    private boolean begins(int at, int bytes, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
        if (bytes < 4 + wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (file.array()[at + 4 + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private void exif(int at, int bytes) {
        if (orientation == Orientation.UPRIGHT && begins(at, bytes, "Exif\0") && bytes > 10) {
            orientation = Exif.orientation(file.array(), at + 10, at + bytes);
            if (orientation != Orientation.UPRIGHT) {
                notes.add("turned upright, EXIF orientation " + orientation.exifValue());
            }
        }
    }

    private void frame(int marker, int at, int bytes) {
        if (frame != 0) {
            throw file.damaged("a second frame header at byte " + at);
        }
        int precision = file.u8(at + 4, "frame header");
        height = file.u16be(at + 5, "frame header");
        width = file.u16be(at + 7, "frame header");
        int count = file.u8(at + 9, "frame header");
        if (bytes != 10 + 3 * count) {
            throw file.damaged("the frame header at byte " + at + " has " + bytes + " bytes, but " + count
                    + " components need " + (10 + 3 * count));
        }
        if (width == 0 || height == 0) {
            throw file.damaged("the frame header at byte " + at + " says " + width + " x " + height
                    + " pixels, expected at least 1 per side");
        }
        file.checkSize(width, height);
        if (precision != 8) {
            throw file.unsupported("a JPEG with " + precision + " bits per sample");
        }
        if (count != 1 && count != 3 && count != 4) {
            throw file.unsupported("a JPEG with " + count + " components");
        }
        for (int i = 0; i < count; i++) {
            int sampling = file.u8(at + 11 + 3L * i, "sampling factors");
            Component component = new Component(file.u8(at + 10 + 3L * i, "component"), sampling >> 4, sampling & 15);
            if (component.across() < 1 || component.across() > 4 || component.down() < 1 || component.down() > 4) {
                throw file.damaged("component " + component.id() + " has the sampling factors " + component.across()
                        + " x " + component.down() + ", expected 1 to 4");
            }
            components.add(component);
        }
        frame = marker;
        if (count != 1) {
            // Tells the decoder that the samples are RGB or CMYK, whatever they are: it converts nothing.
            clean.insert(0xFF, 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0);
        }
        clean.keep(at, bytes);
    }

    /// A scan header and the coded data that follow it.
    private long scan(int at, int bytes) {
        if (frame == 0) {
            throw file.damaged("a scan at byte " + at + " before the frame header");
        }
        int count = file.u8(at + 4, "scan header");
        file.need(at + 5L, 2L * count, "scan header");
        for (int i = 0; i < count; i++) {
            scanned.add(file.u8(at + 5 + 2L * i, "scan header"));
        }
        if (++scans > MOST_SCANS || frame == SOF_PROGRESSIVE && scans * (long) width * height > MOST_SCAN_PIXELS) {
            throw new ResourceLimitException(
                    file.name() + ": scans of a progressive JPEG of " + width + " x " + height + " pixels",
                    "scan " + scans,
                    Math.min(MOST_SCANS, MOST_SCAN_PIXELS / ((long) width * height)) + " scans",
                    "save it as an ordinary JPEG");
        }
        byte[] array = file.array();
        int end = at + bytes;
        while (true) { // FF00 is a data byte FF; FFD0...FFD7 are restart markers within the data; FFFF is filling
            while (end < array.length && array[end] != (byte) 0xFF) {
                end++;
            }
            if (end + 1 >= array.length) {
                throw file.truncated("the file ends at byte " + array.length
                        + " within the picture data that begin at byte " + (at + bytes));
            }
            int next = array[end + 1] & 0xFF;
            if (next == 0xFF) {
                end++;
            } else if (next == 0 || next >= 0xD0 && next <= 0xD7) {
                end += 2;
            } else {
                break;
            }
        }
        scanBytes += end - (at + bytes);
        clean.keep(at, end - at);
        return end;
    }

    /// Compares what the frame header promises with the data that are there.
    private void checkComplete() {
        if (frame == 0) {
            throw file.damaged("there is no frame header before the end marker");
        }
        for (Component component : components) {
            if (!scanned.contains(component.id())) {
                throw file.truncated(
                        "the file has no data for component " + component.id() + " of " + components.size());
            }
        }
        int across = components.stream().mapToInt(Component::across).max().orElseThrow();
        int down = components.stream().mapToInt(Component::down).max().orElseThrow();
        long blocks = 0;
        for (Component component : components) {
            blocks += Math.ceilDiv((long) width * component.across(), 8L * across)
                    * Math.ceilDiv((long) height * component.down(), 8L * down);
        }
        // A block takes a bit for its mean; without progression another for "no more coefficients".
        long needed = Math.ceilDiv(blocks * (frame == SOF_PROGRESSIVE ? 1 : 2), 8);
        if (scanBytes < needed) {
            throw file.truncated(width + " x " + height + " pixels need at least " + needed
                    + " bytes of picture data, the file has " + scanBytes);
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
        return orientation;
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public Raster8 decode(Transparency transparency) {
        List<String> warnings = new ArrayList<>();
        Raster raster = Decoder.decode(file, clean.open(), warnings::add, reader -> reader.readRaster(0, null));
        for (String warning : warnings) {
            // Some cameras fill up between the last block and the end marker; the picture is whole.
            if (!warning.endsWith("extraneous bytes before marker 0xd9")) {
                throw file.damaged("its picture data are incomplete or wrong");
            }
        }
        if (raster.getWidth() != width || raster.getHeight() != height || raster.getNumBands() != components.size()) {
            throw file.damaged("decoded to " + raster.getWidth() + " x " + raster.getHeight()
                    + " pixels, the header says " + width + " x " + height);
        }
        return JpegColours.toRgb(raster, colours());
    }

    /// What the components mean, by the rules of libjpeg: a JFIF marker, an Adobe marker, then the
    /// identifiers.
    private JpegColours colours() {
        if (components.size() == 1) {
            return JpegColours.GREY;
        }
        if (components.size() == 4) {
            return adobe <= 0 ? JpegColours.CMYK : JpegColours.YCCK;
        }
        if (jfif) {
            return JpegColours.YCC;
        }
        if (adobe >= 0) {
            return adobe == 0 ? JpegColours.RGB : JpegColours.YCC;
        }
        boolean letters = components.get(0).id() == 'R'
                && components.get(1).id() == 'G'
                && components.get(2).id() == 'B';
        return letters ? JpegColours.RGB : JpegColours.YCC;
    }
}
