package io.peregrine.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Writes arrays of floats as NumPy reads them.
final class NpyFile {

    /// The header ends on a multiple of this.
    private static final int ALIGNMENT = 64;

    private static final int PREFIX_BYTES = 10;
    private static final int BUFFER_BYTES = 1 << 16;

    private NpyFile() {}

    /// Version 1.0 of the format: magic, length of the header, a Python literal padded with blanks, the
    /// values. Source: `numpy/numpy : doc/neps/nep-0001-npy-format.rst`.
    static void write(Path file, float[] values, int... shape) throws IOException {
        String axes = IntStream.of(shape).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        StringBuilder header = new StringBuilder("{'descr': '<f4', 'fortran_order': False, 'shape': (")
                .append(axes)
                .append(shape.length == 1 ? ",), }" : "), }");
        while ((PREFIX_BYTES + header.length() + 1) % ALIGNMENT != 0) {
            header.append(' ');
        }
        header.append('\n');
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        buffer.putShort((short) header.length());
        buffer.put(header.toString().getBytes(StandardCharsets.US_ASCII));
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (float value : values) {
                if (buffer.remaining() < Float.BYTES) {
                    drain(buffer, out);
                }
                buffer.putFloat(value);
            }
            drain(buffer, out);
        }
    }

    private static void drain(ByteBuffer buffer, FileChannel out) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
        buffer.clear();
    }
}
