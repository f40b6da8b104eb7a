package io.peregrine.cli.checkpoint;

import io.peregrine.core.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Little-endian numbers and runs of bytes, read from front to back and never beyond the end. Each read names what
/// it reads, for the message of a failure.
public final class ByteReader {

    public static final String COMPLETE = "is the download complete?";

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment bytes;
    private long at;

    /// @param file the name for messages
    public ByteReader(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /// Offset of the next byte.
    public long at() {
        return at;
    }

    public long left() {
        return bytes.byteSize() - at;
    }

    /// Goes on at another offset.
    ///
    /// @throws ModelFormatException if that is beyond the end
    ByteReader seek(long offset, String what) {
        if (offset < 0 || offset > bytes.byteSize()) {
            throw new ModelFormatException(
                    file,
                    what,
                    "offset " + Long.toUnsignedString(offset),
                    "at most " + bytes.byteSize() + ", the size of the file",
                    COMPLETE);
        }
        at = offset;
        return this;
    }

    public int u8(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, pass(1, what)) & 0xff;
    }

    public int u16(String what) {
        return bytes.get(SHORT, pass(2, what)) & 0xffff;
    }

    public int i32(String what) {
        return bytes.get(INT, pass(4, what));
    }

    public long u32(String what) {
        return Integer.toUnsignedLong(i32(what));
    }

    /// 64 bits, which are an unsigned number where the format says so: negative for one that no file can reach.
    public long bits64(String what) {
        return bytes.get(LONG, pass(8, what));
    }

    /// A copy of the next bytes.
    public byte[] take(long count, String what) {
        long from = pass(count, what);
        return bytes.asSlice(from, count).toArray(ValueLayout.JAVA_BYTE);
    }

    /// Goes past bytes and returns where they began.
    public long pass(long count, String what) {
        if (count < 0 || count > left()) {
            throw new ModelFormatException(
                    file,
                    what + " at byte " + at,
                    "the end after " + left() + " bytes",
                    Long.toUnsignedString(count) + " bytes",
                    COMPLETE);
        }
        long from = at;
        at += count;
        return from;
    }
}
