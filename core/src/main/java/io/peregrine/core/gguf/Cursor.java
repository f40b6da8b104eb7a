package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Reads a GGUF file from front to back and never beyond it: every length and count is compared with the
/// bytes that are left before it is used for anything.
///
/// Each read names what it reads; the name, the thing it belongs to ([#enter]) and the offset are the place
/// in the message of a failure.
final class Cursor {

    static final String COMPLETE = "is the download complete?";

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment bytes;
    /// Where in the file the bytes begin.
    private final long base;

    private String subject = "";
    private long at;
    private byte[] scratch = new byte[256];

    /// @param file the file's name for messages
    /// @param bytes the whole file
    Cursor(String file, MemorySegment bytes) {
        this(file, bytes, 0);
    }

    private Cursor(String file, MemorySegment bytes, long base) {
        this.file = file;
        this.bytes = bytes;
        this.base = base;
    }

    String file() {
        return file;
    }

    MemorySegment bytes() {
        return bytes;
    }

    /// A cursor over a copy of the bytes at an offset, with the same subject.
    Cursor over(byte[] copy, long offset) {
        Cursor cursor = new Cursor(file, MemorySegment.ofArray(copy), offset);
        cursor.subject = subject;
        return cursor;
    }

    /// Offset of the next byte.
    long at() {
        return at;
    }

    /// Bytes from here to the end of the file.
    long left() {
        return bytes.byteSize() - at;
    }

    /// Goes to an offset that this cursor has been at.
    void rewind(long offset) {
        if (offset < 0 || offset > at) {
            throw new IllegalArgumentException("offset " + offset + " lies ahead of " + at);
        }
        at = offset;
    }

    /// From now on messages say that they are about this: "key general.name".
    void enter(String newSubject) {
        subject = newSubject;
    }

    /// The place for a message: subject, field and offset.
    String where(String field, long offset) {
        return (subject.isEmpty() ? "" : subject + ", ") + field + " at byte " + (base + offset);
    }

    int u8(String field) {
        need(1, field);
        return bytes.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
    }

    int u16(String field) {
        need(2, field);
        at += 2;
        return bytes.get(SHORT, at - 2) & 0xffff;
    }

    /// An unsigned number of 32 bits.
    long u32(String field) {
        need(4, field);
        at += 4;
        return Integer.toUnsignedLong(bytes.get(INT, at - 4));
    }

    /// The bits of a number of 64 bits, signed or not.
    long bits64(String field) {
        need(8, field);
        at += 8;
        return bytes.get(LONG, at - 8);
    }

    /// An unsigned number of 64 bits that counts things which take at least `bytesEach` bytes each, all of
    /// them still to come.
    ///
    /// @param limit the greatest number allowed
    /// @param limitName the component of [io.peregrine.core.gguf.GgufLimits] that sets it
    int count(String field, int bytesEach, int limit, String limitName) {
        long offset = at;
        long count = bits64(field);
        long possible = left() / bytesEach;
        if (Long.compareUnsigned(count, possible) > 0) {
            throw new ModelFormatException(
                    file,
                    where(field, offset),
                    Long.toUnsignedString(count),
                    "at most " + possible + " in the " + left() + " bytes that follow",
                    COMPLETE);
        }
        if (count > limit) {
            throw tooMuch(field, offset, Long.toString(count), limit, limitName);
        }
        return (int) count;
    }

    ResourceLimitException tooMuch(String field, long offset, String asked, int limit, String limitName) {
        return new ResourceLimitException(
                file + ": " + where(field, offset),
                asked,
                Integer.toString(limit),
                "if you trust the file, raise GgufLimits." + limitName);
    }

    /// A string: its length and that many bytes of UTF-8.
    String string(String field, int limit, String limitName) {
        return new String(text(field, limit, limitName), StandardCharsets.UTF_8);
    }

    /// The bytes of a string, checked as [#string] does.
    byte[] text(String field, int limit, String limitName) {
        int length = count(field + " length", 1, limit, limitName);
        byte[] text = take(length);
        checkUtf8(text, 0, length, at - length, field);
        return text;
    }

    /// Checks a string as [#string] does and goes past it without keeping anything.
    void passString(String field, int limit, String limitName) {
        int length = count(field + " length", 1, limit, limitName);
        if (scratch.length < length) {
            scratch = new byte[Math.max(length, Math.min(2 * scratch.length, limit))];
        }
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, scratch, 0, length);
        checkUtf8(scratch, 0, length, at, field);
        at += length;
    }

    /// Passes over that many bytes; the caller has compared the number with [#left].
    void skip(long count) {
        if (count < 0 || count > left()) {
            throw new IllegalArgumentException(count + " bytes of " + left());
        }
        at += count;
    }

    /// A copy of the next bytes; the caller has compared the number with [#left].
    byte[] take(int count) {
        skip(count);
        return copy(at - count, count);
    }

    /// A copy of bytes that this cursor has passed.
    byte[] copy(long offset, int count) {
        byte[] copy = new byte[count];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, copy, 0, count);
        return copy;
    }

    /// @param offset where in the file `text[from]` is
    void checkUtf8(byte[] text, int from, int to, long offset, String field) {
        int bad = Utf8.firstInvalid(text, from, to);
        if (bad >= 0) {
            throw new ModelFormatException(
                    file,
                    where(field, offset + (bad - from)),
                    "the byte 0x" + Integer.toHexString(text[bad] & 0xff) + " that is not UTF-8",
                    "UTF-8",
                    "");
        }
    }

    private void need(int count, String field) {
        if (left() < count) {
            throw new ModelFormatException(
                    file,
                    where(field, at),
                    "the end of the file after " + left() + " bytes",
                    count + " bytes",
                    COMPLETE);
        }
    }
}
