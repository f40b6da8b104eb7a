package io.peregrine.core.gguf;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.memory.ModelFile;
import io.peregrine.core.memory.ModelMemory;
import io.peregrine.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Opens one model: its file, or all files of a split one.
final class GgufReader {

    /// One file of the model, checked.
    record Part(ModelFile file, Contents contents) {
        Metadata metadata() {
            return contents.metadata();
        }

        TensorTable table() {
            return contents.table();
        }

        ModelMemory.Range data() {
            return new ModelMemory.Range(file, table().dataBytes() == 0 ? 0 : table().dataStart(), table().dataBytes());
        }
    }

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
            return new Part(file, Contents.read(path.toString(), file.bytes(), options.limits()));
        } catch (InternalError e) {
            // How the JVM reports a mapped page that is no longer in the file.
            throw new ModelFileException(
                    path.toString(), "was cut short while it was being read", "try again when it is complete", e);
        }
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
