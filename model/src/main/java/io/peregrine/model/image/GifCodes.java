package io.peregrine.model.image;

import java.util.Arrays;

/// Walks the LZW codes of a GIF frame without keeping their strings, to learn whether they give all pixels:
/// the JDK's decoder leaves black what is missing and says nothing.
final class GifCodes {

    private static final int MOST_CODES = 4096;

    private static final int MOST_BITS = 12;

    private final PictureBytes file;

    /// Next byte of the data.
    private long at;

    /// Bytes left in the current data block.
    private int block;

    private int bits;
    private int bitCount;

    /// @param start where the number of bits of a colour stands; the data blocks follow
    GifCodes(PictureBytes file, long start) {
        this.file = file;
        this.at = start;
    }

    /// Fails unless the data hold at least `pixels` pixels.
    void check(long pixels) {
        int colourBits = file.u8(at++, "colour bits");
        if (colourBits < 1 || colourBits > 8) {
            throw file.damaged("a colour has " + colourBits + " bits, expected 1 to 8");
        }
        int clear = 1 << colourBits;
        int end = clear + 1;
        int[] lengths = new int[MOST_CODES]; // pixels that a code stands for
        Arrays.fill(lengths, 0, clear, 1);
        int codes = clear + 2;
        int width = colourBits + 1;
        int previous = -1;
        long count = 0;
        while (count < pixels) {
            int code = next(width);
            if (code < 0 || code == end) {
                throw file.truncated("the data of the first frame end after " + count + " of " + pixels + " pixels");
            }
            if (code == clear) {
                codes = clear + 2;
                width = colourBits + 1;
                previous = -1;
                continue;
            }
            if (previous >= 0 && codes < MOST_CODES) {
                lengths[codes++] = lengths[previous] + 1;
            }
            if (code >= codes || previous < 0 && code > clear) {
                throw file.damaged("a code of the first frame is " + code + " after " + count
                        + " pixels, expected less than " + (previous < 0 ? clear : codes));
            }
            count += lengths[code];
            previous = code;
            if (codes == 1 << width && width < MOST_BITS) {
                width++;
            }
        }
    }

    /// The next code, or -1 at the end of the data. That the blocks are there was checked before.
    private int next(int width) {
        while (bitCount < width) {
            while (block == 0) {
                block = file.u8(at++, "data block");
                if (block == 0) {
                    at--;
                    return -1;
                }
            }
            bits |= (file.array()[(int) at++] & 0xFF) << bitCount;
            bitCount += 8;
            block--;
        }
        int code = bits & ((1 << width) - 1);
        bits >>>= width;
        bitCount -= width;
        return code;
    }
}
