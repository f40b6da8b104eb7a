package io.peregrine.core.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/// Little-endian numbers, strings and blocks of bytes written through a buffer, counting how many.
///
/// It is a channel too, for tensor data; closing that does nothing, since the sink's maker owns the target.
final class ByteSink implements WritableByteChannel {

    private static final int BUFFER_BYTES = 1 << 16;

    private final WritableByteChannel target;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long written;

    ByteSink(WritableByteChannel target) {
        this.target = target;
    }

    /// Bytes accepted so far.
    long written() {
        return written;
    }

    void u8(int value) throws IOException {
        room(1).put((byte) value);
    }

    void u16(int value) throws IOException {
        room(2).putShort((short) value);
    }

    void u32(int value) throws IOException {
        room(4).putInt(value);
    }

    void u64(long value) throws IOException {
        room(8).putLong(value);
    }

    void string(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        u64(bytes.length);
        write(ByteBuffer.wrap(bytes));
    }

    void zeros(long count) throws IOException {
        for (long i = 0; i < count; i++) {
            u8(0);
        }
    }

    /// Takes all of the source.
    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = source.remaining();
        if (count > buffer.remaining()) {
            flush();
        }
        if (count > buffer.remaining()) {
            writeFully(source);
        } else {
            buffer.put(source);
        }
        written += count;
        return count;
    }

    void flush() throws IOException {
        buffer.flip();
        writeFully(buffer);
        buffer.clear();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}

    private ByteBuffer room(int count) throws IOException {
        if (buffer.remaining() < count) {
            flush();
        }
        written += count;
        return buffer;
    }

    private void writeFully(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            target.write(source);
        }
    }
}
