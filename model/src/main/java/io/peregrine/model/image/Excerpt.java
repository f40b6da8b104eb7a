package io.peregrine.model.image;

import java.util.Arrays;

/// The parts of a file that its decoder is given, in their order.
final class Excerpt {

    private final byte[] file;
    private byte[] bytes = new byte[256];
    private int size;

    Excerpt(byte[] file) {
        this.file = file;
    }

    /// Adds `length` bytes of the file.
    void keep(int start, int length) {
        room(length);
        System.arraycopy(file, start, bytes, size, length);
        size += length;
    }

    /// Adds bytes that are not in the file.
    void insert(int... values) {
        room(values.length);
        for (int value : values) {
            bytes[size++] = (byte) value;
        }
    }

    private void room(int more) {
        if (more > bytes.length - size) {
            // At most the file and a few inserted bytes: no reason to grow beyond that.
            int wanted = Math.addExact(size, more);
            bytes = Arrays.copyOf(bytes, Math.max(wanted, Math.min(2 * bytes.length, file.length + 64)));
        }
    }

    ByteImageStream open() {
        return new ByteImageStream(bytes, size);
    }
}
