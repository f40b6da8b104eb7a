package io.peregrine.model.image;

/// Reads one tag of the EXIF data of a picture: how it was held. EXIF is a little TIFF file (TIFF 6.0,
/// section 2) inside the picture; cameras and editors write it badly, so what cannot be read means "upright".
final class Exif {

    private static final int ORIENTATION = 0x0112;

    private static final int TYPE_SHORT = 3;

    private Exif() {}

    /// @param file the picture file
    /// @param start where the TIFF header begins
    /// @param end where the EXIF data ends
    static Orientation orientation(byte[] file, int start, int end) {
        if (end - start < 8) {
            return Orientation.UPRIGHT;
        }
        boolean little = file[start] == 'I' && file[start + 1] == 'I';
        boolean big = file[start] == 'M' && file[start + 1] == 'M';
        if (!(little || big) || u16(file, start + 2, little) != 42) {
            return Orientation.UPRIGHT;
        }
        long offset = (u16(file, start + 4, little) & 0xFFFFL) << (little ? 0 : 16)
                | (u16(file, start + 6, little) & 0xFFFFL) << (little ? 16 : 0);
        long directory = start + offset;
        if (directory > end - 2) {
            return Orientation.UPRIGHT;
        }
        int entries = u16(file, (int) directory, little);
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + 12L * i;
            if (entry > end - 12) {
                break;
            }
            int at = (int) entry;
            if (u16(file, at, little) == ORIENTATION && u16(file, at + 2, little) == TYPE_SHORT) {
                return Orientation.ofExif(u16(file, at + 8, little));
            }
        }
        return Orientation.UPRIGHT;
    }

    private static int u16(byte[] file, int at, boolean little) {
        int first = file[at] & 0xFF;
        int second = file[at + 1] & 0xFF;
        return little ? first | second << 8 : first << 8 | second;
    }
}
