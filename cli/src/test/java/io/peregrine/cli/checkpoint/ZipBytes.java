package io.peregrine.cli.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/// Writes zip archives of stored entries by hand, so that they can be wrong too.
public final class ZipBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
    private final boolean zip64;
    private int entries;

    /// @param zip64 whether sizes and offsets are written as if they were larger than 4 GiB
    public ZipBytes(boolean zip64) {
        this.zip64 = zip64;
    }

    public ZipBytes add(String name, byte... data) {
        return add(name, 0, 0, data);
    }

    public ZipBytes add(String name, int flags, int method, byte... data) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        CRC32 crc = new CRC32();
        crc.update(data);
        long offset = out.size();
        // As torch.save does, a field that only pads, so that the two headers have extra fields of different sizes.
        byte[] padding = new byte[4 + 13];
        padding[0] = 'F';
        padding[1] = 'B';
        padding[2] = 13;
        out.writeBytes(le(30).putInt(0x04034b50)
                .putShort((short) 20)
                .putShort((short) flags)
                .putShort((short) method)
                .putInt(0)
                .putInt((int) crc.getValue())
                .putInt(data.length)
                .putInt(data.length)
                .putShort((short) text.length)
                .putShort((short) padding.length)
                .array());
        out.writeBytes(text);
        out.writeBytes(padding);
        out.writeBytes(data);
        directory.writeBytes(le(46).putInt(0x02014b50)
                .putShort((short) 20)
                .putShort((short) 20)
                .putShort((short) flags)
                .putShort((short) method)
                .putInt(0)
                .putInt((int) crc.getValue())
                .putInt(zip64 ? -1 : data.length)
                .putInt(zip64 ? -1 : data.length)
                .putShort((short) text.length)
                .putShort((short) (zip64 ? 28 : 0))
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(zip64 ? -1 : (int) offset)
                .array());
        directory.writeBytes(text);
        if (zip64) {
            directory.writeBytes(le(28).putShort((short) 1)
                    .putShort((short) 24)
                    .putLong(data.length)
                    .putLong(data.length)
                    .putLong(offset)
                    .array());
        }
        entries++;
        return this;
    }

    public byte[] bytes() {
        long offset = out.size();
        long size = directory.size();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(out.toByteArray());
        all.writeBytes(directory.toByteArray());
        if (zip64) {
            all.writeBytes(le(56).putInt(0x06064b50)
                    .putLong(44)
                    .putShort((short) 45)
                    .putShort((short) 45)
                    .putInt(0)
                    .putInt(0)
                    .putLong(entries)
                    .putLong(entries)
                    .putLong(size)
                    .putLong(offset)
                    .array());
            all.writeBytes(le(20).putInt(0x07064b50)
                    .putInt(0)
                    .putLong(offset + size)
                    .putInt(1)
                    .array());
        }
        all.writeBytes(le(22).putInt(0x06054b50)
                .putInt(0)
                .putShort((short) (zip64 ? -1 : entries))
                .putShort((short) (zip64 ? -1 : entries))
                .putInt(zip64 ? -1 : (int) size)
                .putInt(zip64 ? -1 : (int) offset)
                .putShort((short) 0)
                .array());
        return all.toByteArray();
    }

    private static ByteBuffer le(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
