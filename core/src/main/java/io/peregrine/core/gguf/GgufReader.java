package io.peregrine.core.gguf;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.memory.ModelFile;
import io.peregrine.core.memory.ModelMemory;
import io.peregrine.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Opens one model: its file, or all files of a split one.
final class GgufReader {

    /// One file of the model, checked.
    record Part(ModelFile file, int version, Metadata metadata, TensorTable table) {
        ModelMemory.Range data() {
            return new ModelMemory.Range(file, table.dataStart(), table.dataBytes());
        }
    }

    private static final String ALIGNMENT_KEY = "general.alignment";
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int LARGEST_ALIGNMENT = 1 << 20;
    private static final int HEADER_BYTES = 24;
    private static final byte[] MAGIC = "GGUF".getBytes(StandardCharsets.US_ASCII);

    private final ModelMemory memory;
    private final GgufOptions options;

    /// @param memory opens the files and stays their owner
    GgufReader(ModelMemory memory, GgufOptions options) {
        this.memory = memory;
        this.options = options;
    }

    /// Opens the file and, if it is one of several, the others; in the order of the split.
    List<Part> parts(Path path) {
        Part opened = part(path);
        int count = SplitNames.count(opened.metadata());
        if (count <= 1) {
            return List.of(opened);
        }
        SplitNames names = SplitNames.of(path, opened.metadata(), count);
        names.requireAll();
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(i == names.index() ? opened : part(names.path(i)));
        }
        List<Metadata> metadata = parts.stream().map(Part::metadata).toList();
        long tensors = parts.stream().mapToLong(part -> part.table().count()).sum();
        SplitNames.check(metadata, tensors);
        return parts;
    }

    private Part part(Path path) {
        ModelFile file = memory.open(path);
        try {
            return part(file);
        } catch (InternalError e) {
            // How the JVM reports a mapped page that is no longer in the file.
            throw new ModelFileException(
                    path.toString(), "was cut short while it was being read", "try again when it is complete", e);
        }
    }

    private Part part(ModelFile file) {
        String name = file.path().toString();
        Cursor in = new Cursor(name, file.bytes());
        checkMagic(name, file.bytes());
        in.skip(MAGIC.length);
        int version = version(in);
        // Counted in bytes of tensor infos alone: the pairs have not been read yet.
        int tensors = in.count("tensor count", TensorTable.LEAST_INFO_BYTES, options.limits().tensors(), "tensors");
        int pairs = in.count("key count", MetadataReader.LEAST_PAIR_BYTES, options.limits().pairs(), "pairs");
        Metadata metadata = new MetadataReader(in, options.limits()).read(pairs);
        TensorTable table = TensorTable.check(in, options.limits(), tensors, alignment(metadata));
        return new Part(file, version, metadata, table);
    }

    private static void checkMagic(String name, MemorySegment bytes) {
        long size = bytes.byteSize();
        MemorySegment magic = MemorySegment.ofArray(MAGIC);
        if (size >= MAGIC.length
                && MemorySegment.mismatch(magic, 0, MAGIC.length, bytes, 0, MAGIC.length) >= 0) {
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
                    name,
                    "header",
                    size + " bytes",
                    "at least " + HEADER_BYTES,
                    Cursor.COMPLETE);
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
            throw new ModelFormatException(
                    metadata.file(), where, entry.typeName(), GgufType.UINT32.toString(), "");
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

    /// All tensors of all parts, over the mapped files or over copies.
    Map<String, Tensor> tensors(List<Part> parts) {
        List<TensorTable.Info> infos = new ArrayList<>();
        List<ModelMemory.Range> ranges = new ArrayList<>();
        Map<String, Part> homes = new HashMap<>();
        for (Part part : parts) {
            part.table().forEach(info -> {
                Part other = homes.putIfAbsent(info.name(), part);
                if (other != null) {
                    throw new ModelFormatException(
                            part.file().path().toString(),
                            "tensor " + Printable.of(info.name()) + ", name at byte " + info.infoAt(),
                            "the same name as in " + other.file().path().getFileName(),
                            "each name once",
                            "");
                }
                infos.add(info);
                // A tensor without elements may lie beyond the end of the file.
                long offset = info.sizeBytes() == 0 ? 0 : part.table().dataStart() + info.offset();
                ranges.add(new ModelMemory.Range(part.file(), offset, info.sizeBytes()));
            });
        }
        List<MemorySegment> data = options.copyWeights()
                ? memory.copy(ranges, options.listener())
                : ranges.stream().map(ModelMemory.Range::mapped).toList();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < infos.size(); i++) {
            TensorTable.Info info = infos.get(i);
            tensors.put(info.name(), new Tensor(info.name(), info.type(), info.shape(), data.get(i)));
        }
        return tensors;
    }
}
