package io.peregrine.model.image;

import javax.imageio.stream.ImageInputStreamImpl;

/// A picture in memory as the decoders of `javax.imageio` want it: no copy, no cache file.
final class ByteImageStream extends ImageInputStreamImpl {

    private final byte[] bytes;
    private final int size;

    /// @param bytes begins with the picture
    /// @param size how many of them belong to it
    ByteImageStream(byte[] bytes, int size) {
        this.bytes = bytes;
        this.size = size;
    }

    @Override
    public int read() {
        bitOffset = 0;
        return streamPos < size ? bytes[(int) streamPos++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int count) {
        bitOffset = 0;
        if (count == 0) {
            return 0;
        }
        int left = (int) Math.max(0, size - streamPos);
        if (left == 0) {
            return -1;
        }
        int taken = Math.min(count, left);
        System.arraycopy(bytes, (int) streamPos, into, offset, taken);
        streamPos += taken;
        return taken;
    }

    @Override
    public long length() {
        return size;
    }
}
