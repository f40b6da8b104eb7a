package io.peregrine.cli.checkpoint;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The entries of a mapped zip archive, as PyTorch writes them: stored without compression, so that their bytes can
/// be used where they lie. Archives of more than 4 GiB (zip64) too.
///
/// Source: PKWARE's APPNOTE.TXT, 4.3 and 4.5.
final class ZipArchive {

    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int END64_LOCATOR = 0x07064b50;
    private static final int END64_LOCATOR_BYTES = 20;
    private static final int END64 = 0x06064b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int ZIP64_EXTRA = 1;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;
    private static final long SEE_ZIP64 = 0xffff_ffffL;
    private static final int MOST_ENTRIES = 1_000_000;

    /// @param packedBytes as stored; differs from `bytes` only for damaged or compressed entries
    private record Entry(int flags, int method, long packedBytes, long bytes, long localHeader) {}

    private final String file;
    private final MemorySegment archive;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// @throws io.peregrine.core.PeregrineException if the directory of the archive is damaged
    ZipArchive(String file, MemorySegment archive) {
        this.file = file;
        this.archive = archive;
        readDirectory();
    }

    Set<String> names() {
        return entries.keySet();
    }

    /// The bytes of an entry, or null if there is none of that name.
    ///
    /// @throws io.peregrine.core.PeregrineException if it is compressed, encrypted, or not within the file
    @Nullable
    MemorySegment find(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            return null;
        }
        String where = "entry " + Printable.of(name);
        if (entry.method != STORED || (entry.flags & ENCRYPTED) != 0) {
            throw new UnsupportedModelException(
                    file,
                    where + ((entry.flags & ENCRYPTED) != 0 ? ", which is encrypted," : ", which is compressed,"),
                    "entries that are stored as they are, as torch.save writes them");
        }
        if (entry.bytes != entry.packedBytes) {
            throw new ModelFormatException(
                    file, where, entry.bytes + " bytes of " + entry.packedBytes + " stored ones", "equal sizes", "");
        }
        ByteReader local = new ByteReader(file, archive).seek(entry.localHeader, where);
        signature(local, LOCAL, where);
        local.pass(22, where);
        int nameBytes = local.u16(where);
        int extraBytes = local.u16(where);
        local.pass(nameBytes + extraBytes, where);
        long start = local.pass(entry.bytes, where);
        return archive.asSlice(start, entry.bytes);
    }

    private void readDirectory() {
        ByteReader reader = new ByteReader(file, archive);
        long end = findEnd(reader);
        reader.seek(end + 10, "end of the archive's directory");
        long count = reader.u16("number of entries");
        long bytes = reader.u32("size of the directory");
        long offset = reader.u32("offset of the directory");
        if (count == 0xffff || bytes == SEE_ZIP64 || offset == SEE_ZIP64) {
            reader.seek(end - END64_LOCATOR_BYTES, "zip64 locator");
            signature(reader, END64_LOCATOR, "zip64 locator");
            reader.pass(4, "zip64 locator");
            reader.seek(reader.bits64("zip64 locator"), "zip64 end");
            signature(reader, END64, "zip64 end");
            reader.pass(28, "zip64 end");
            count = reader.bits64("number of entries");
            bytes = reader.bits64("size of the directory");
            offset = reader.bits64("offset of the directory");
        }
        reader.seek(offset, "directory of the archive");
        if (count < 0 || bytes < 0 || bytes > reader.left() || count > bytes / CENTRAL_BYTES) {
            throw new ModelFormatException(
                    file,
                    "directory of the archive at byte " + offset,
                    Long.toUnsignedString(count) + " entries in " + Long.toUnsignedString(bytes) + " bytes",
                    "entries of at least " + CENTRAL_BYTES + " bytes within the " + reader.left() + " that follow",
                    ByteReader.COMPLETE);
        }
        if (count > MOST_ENTRIES) {
            throw new ResourceLimitException(
                    file + ": entries of the archive",
                    Long.toString(count),
                    Integer.toString(MOST_ENTRIES),
                    "this is no usual checkpoint");
        }
        for (long i = 0; i < count; i++) {
            readEntry(reader);
        }
    }

    private long findEnd(ByteReader reader) {
        long size = archive.byteSize();
        for (long at = size - END_BYTES; at >= 0 && at >= size - END_BYTES - LONGEST_COMMENT; at--) {
            reader.seek(at, "end of the archive's directory");
            if (reader.i32("end of the archive's directory") == END) {
                reader.pass(16, "end of the archive's directory");
                if (reader.u16("comment") == size - END_BYTES - at) {
                    return at;
                }
            }
        }
        throw new ModelFormatException(
                file, "end of the file", "no directory of a zip archive", "one", ByteReader.COMPLETE);
    }

    private void readEntry(ByteReader reader) {
        String where = "directory entry " + entries.size();
        signature(reader, CENTRAL, where);
        reader.pass(4, where);
        int flags = reader.u16(where);
        int method = reader.u16(where);
        reader.pass(8, where);
        long packed = reader.u32(where);
        long bytes = reader.u32(where);
        int nameBytes = reader.u16(where);
        int extraBytes = reader.u16(where);
        int commentBytes = reader.u16(where);
        reader.pass(8, where);
        long local = reader.u32(where);
        String name = new String(reader.take(nameBytes, where), StandardCharsets.UTF_8);
        long extraEnd = reader.at() + extraBytes;
        while (reader.at() + 4 <= extraEnd) {
            int id = reader.u16(where);
            int length = reader.u16(where);
            long next = reader.at() + length;
            if (id == ZIP64_EXTRA) {
                bytes = bytes == SEE_ZIP64 ? reader.bits64(where) : bytes;
                packed = packed == SEE_ZIP64 ? reader.bits64(where) : packed;
                local = local == SEE_ZIP64 ? reader.bits64(where) : local;
            }
            reader.seek(next, where);
        }
        reader.seek(extraEnd, where);
        reader.pass(commentBytes, where);
        if (entries.putIfAbsent(name, new Entry(flags, method, packed, bytes, local)) != null) {
            throw new ModelFormatException(
                    file, where, "the name '" + Printable.of(name) + "' again", "each name once", "");
        }
    }

    private void signature(ByteReader reader, int expected, String where) {
        long at = reader.at();
        int found = reader.i32(where);
        if (found != expected) {
            throw new ModelFormatException(
                    file,
                    where + " at byte " + at,
                    "0x" + Integer.toHexString(found),
                    "0x" + Integer.toHexString(expected),
                    ByteReader.COMPLETE);
        }
    }
}
