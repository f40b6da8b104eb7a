package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// What one file says: header, metadata and tensor infos, all checked.
record Contents(int version, Metadata metadata, TensorTable table) {

    static final String ALIGNMENT_KEY = "general.alignment";
    static final int DEFAULT_ALIGNMENT = 32;
    static final int LARGEST_ALIGNMENT = 1 << 20;

    private static final int HEADER_BYTES = 24;
    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);

    /// Reads and checks everything but the data of the tensors.
    ///
    /// @param name the file's name for messages
    /// @param bytes the whole file
    static Contents read(String name, MemorySegment bytes, GgufLimits limits) {
        Cursor in = new Cursor(name, bytes);
        checkMagic(name, bytes);
        in.skip(MAGIC.length);
        int version = version(in);
        // Counted in bytes of tensor infos alone: the pairs have not been read yet.
        int tensors = in.count("tensor count", TensorTable.LEAST_INFO_BYTES, limits.tensors(), "tensors");
        int pairs = in.count("key count", MetadataReader.LEAST_PAIR_BYTES, limits.pairs(), "pairs");
        Metadata metadata = new MetadataReader(in, limits).read(pairs);
        TensorTable table = TensorTable.check(in, limits, tensors, alignment(metadata));
        return new Contents(version, metadata, table);
    }

    private static void checkMagic(String name, MemorySegment bytes) {
        long size = bytes.byteSize();
        MemorySegment magic = MemorySegment.ofArray(MAGIC);
        if (size >= MAGIC.length && MemorySegment.mismatch(magic, 0, MAGIC.length, bytes, 0, MAGIC.length) >= 0) {
            FileKind kind = FileKind.of(bytes);
            byte[] found = bytes.asSlice(0, MAGIC.length).toArray(ValueLayout.JAVA_BYTE);
            String text = "\"" + Printable.of(new String(found, StandardCharsets.ISO_8859_1)) + "\"";
            throw new ModelFormatException(
                    name,
                    "magic at byte 0",
                    kind == null ? text : text + ", which looks like " + kind.looksLike(),
                    "\"GGUF\"",
                    kind == null ? "is this a GGUF file?" : kind.action());
        }
        if (size < HEADER_BYTES) {
            throw new ModelFormatException(
                    name, "header", size + " bytes", "at least " + HEADER_BYTES, Cursor.COMPLETE);
        }
    }

    private static int version(Cursor in) {
        long version = in.u32("version");
        if (version != 0 && (version & 0xffff) == 0) {
            throw new UnsupportedModelException(
                    in.file(),
                    "big-endian GGUF (version " + Integer.reverseBytes((int) version) + " with its bytes swapped)",
                    "little-endian GGUF");
        }
        if (version != 2 && version != 3) {
            throw new UnsupportedModelException(in.file(), "GGUF version " + version, "versions 2 and 3");
        }
        return (int) version;
    }

    private static int alignment(Metadata metadata) {
        Entry entry = metadata.entry(ALIGNMENT_KEY);
        if (entry == null) {
            return DEFAULT_ALIGNMENT;
        }
        String where = "key " + ALIGNMENT_KEY + " at byte " + entry.offset();
        if (entry.type() != GgufType.UINT32) {
            throw new ModelFormatException(metadata.file(), where, entry.typeName(), GgufType.UINT32.toString(), "");
        }
        long alignment = (Long) entry.value();
        if (alignment < 1 || alignment > LARGEST_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw new ModelFormatException(
                    metadata.file(),
                    where,
                    Long.toString(alignment),
                    "a power of two from 1 to " + LARGEST_ALIGNMENT,
                    "");
        }
        return (int) alignment;
    }
}
