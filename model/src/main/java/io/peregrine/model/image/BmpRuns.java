package io.peregrine.model.image;

/// Walks the run lengths of a compressed bitmap without drawing, to learn whether they stay inside the
/// picture and reach its last row: the JDK's decoder leaves black what is missing and says nothing.
final class BmpRuns {

    private static final int END_OF_PICTURE = 1;
    private static final int JUMP = 2;

    private final PictureBytes file;
    private final boolean fourBits;
    private long at;

    /// @param start where the first run is
    /// @param fourBits whether a byte holds two pixels
    BmpRuns(PictureBytes file, long start, boolean fourBits) {
        this.file = file;
        this.fourBits = fourBits;
        this.at = start;
    }

    /// Fails unless the runs fill each row of `width` pixels exactly.
    void check(int width, int height) {
        int x = 0;
        int y = 0;
        while (true) {
            int count = file.u8(at, "run");
            int value = file.u8(at + 1, "run");
            long run = at;
            at += 2;
            if (count > 0) {
                x += count;
            } else if (value == JUMP) {
                throw file.unsupported("a BMP with runs that leave pixels out");
            } else if (value > JUMP) { // pixels as they are, filled up to an even number of bytes
                long bytes = fourBits ? (value + 1) / 2 : value;
                file.need(at, bytes + (bytes & 1), "run");
                at += bytes + (bytes & 1);
                x += value;
            } else { // the end of a row, or of the picture
                if (y < height) {
                    if (x < width) {
                        throw file.truncated("row " + y + " ends after " + x + " of " + width + " pixels");
                    }
                    x = 0;
                    y++;
                }
                if (value == END_OF_PICTURE) {
                    if (y < height) {
                        throw file.truncated("the pixels end after " + y + " of " + height + " rows");
                    }
                    return;
                }
            }
            if (x > (y < height ? width : 0)) {
                throw file.damaged("the run at byte " + run + " leaves the picture of " + width + " x " + height);
            }
        }
    }
}
