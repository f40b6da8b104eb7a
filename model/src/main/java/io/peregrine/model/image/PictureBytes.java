package io.peregrine.model.image;

/// The bytes of one picture file, read at absolute offsets. Each access names what it reads and is compared
/// with what is there, so that a parser cannot run past the end.
///
/// @param name what messages call the picture
/// @param format what messages call its format
/// @param array the whole file; never changed
/// @param limits what the picture may cost
record PictureBytes(String name, String format, byte[] array, ImageLimits limits) {

    int size() {
        return array.length;
    }

    /// Fails unless `count` bytes lie at `offset`.
    void need(long offset, long count, String what) {
        if (offset < 0 || count < 0 || count > array.length - offset) {
            throw truncated("the file ends at byte " + array.length + ", expected " + count + " bytes at byte " + offset
                    + " (" + what + ")");
        }
    }

    int u8(long offset, String what) {
        need(offset, 1, what);
        return array[(int) offset] & 0xFF;
    }

    int u16be(long offset, String what) {
        need(offset, 2, what);
        int i = (int) offset;
        return (array[i] & 0xFF) << 8 | (array[i + 1] & 0xFF);
    }

    int u16le(long offset, String what) {
        need(offset, 2, what);
        int i = (int) offset;
        return (array[i] & 0xFF) | (array[i + 1] & 0xFF) << 8;
    }

    int i32be(long offset, String what) {
        return u16be(offset, what) << 16 | u16be(offset + 2, what);
    }

    int i32le(long offset, String what) {
        return u16le(offset, what) | u16le(offset + 2, what) << 16;
    }

    long u32be(long offset, String what) {
        return i32be(offset, what) & 0xFFFF_FFFFL;
    }

    long u32le(long offset, String what) {
        return i32le(offset, what) & 0xFFFF_FFFFL;
    }

    /// Compares a size that a header states with the limits, before anything is done with it.
    void checkSize(int width, int height) {
        limits.checkSize(name, width, height);
    }

    ImageFormatException damaged(String detail) {
        return ImageFormatException.damaged(name, format, detail);
    }

    ImageFormatException truncated(String detail) {
        return ImageFormatException.truncated(name, format, detail);
    }

    ImageFormatException unsupported(String detail) {
        return ImageFormatException.unsupported(name, detail);
    }
}
