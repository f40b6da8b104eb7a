package io.peregrine.cli.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import io.peregrine.core.memory.ModelMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The tensors of a published model: one file, or the files of a folder, mapped into memory. Whoever opens it closes
/// it; tensors must not be used after that.
public final class Checkpoint implements AutoCloseable {

    private static final List<String> USUAL = List.of(
            "model.safetensors.index.json",
            "model.safetensors",
            "pytorch_model.bin.index.json",
            "pytorch_model.bin",
            "open_clip_model.safetensors",
            "open_clip_pytorch_model.bin");
    private static final List<String> ENDINGS = List.of(".safetensors", ".bin", ".pth", ".pt");
    private static final int MOST_FILES = 10_000;

    private final Path path;
    private final ModelMemory memory = new ModelMemory();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    private Checkpoint(Path path) {
        this.path = path;
    }

    /// Opens a file (safetensors, or what `torch.save` writes), or a folder: the files that its index names, or the
    /// one file that it holds.
    ///
    /// @throws io.peregrine.core.PeregrineException if a file cannot be read, is damaged, or holds what is not
    ///     supported
    public static Checkpoint open(Path path) {
        Checkpoint checkpoint = new Checkpoint(path);
        boolean opened = false;
        try {
            Path file = Files.isDirectory(path) ? fileOf(path) : path;
            if (file.toString().endsWith(".index.json")) {
                checkpoint.addIndexed(file);
            } else {
                checkpoint.add(file);
            }
            opened = true;
            return checkpoint;
        } catch (InternalError e) {
            // How the JVM reports a mapped page that is no longer in the file.
            checkpoint.checkUnchanged();
            throw e;
        } finally {
            if (!opened) {
                checkpoint.close();
            }
        }
    }

    private static Path fileOf(Path folder) {
        for (String name : USUAL) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files = all.filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
            if (files.size() == 1) {
                return files.getFirst();
            }
            throw new ModelFileException(
                    folder.toString(),
                    files.isEmpty() ? "holds no weights" : "holds " + files.size() + " files of weights and no index",
                    "expected " + String.join(", ", USUAL) + ", or one file that ends in "
                            + String.join(", ", ENDINGS));
        } catch (IOException e) {
            throw ModelFileException.of(folder, "read", e);
        }
    }

    /// The files that the `weight_map` of an index names; they must hold its tensors.
    private void addIndexed(Path index) {
        JsonNode map = JsonFile.read(index).path("weight_map");
        if (!map.isObject()) {
            throw new ModelFormatException(index.toString(), "weight_map", "no object", "an object", "");
        }
        Set<String> names = new LinkedHashSet<>();
        map.forEach(file -> names.add(file.asText()));
        if (names.size() > MOST_FILES) {
            throw new ModelFormatException(
                    index.toString(), "weight_map", names.size() + " files", "at most " + MOST_FILES, "");
        }
        for (String name : names) {
            if (name.isEmpty()
                    || name.contains("/")
                    || name.contains("\\")
                    || name.contains("\0")
                    || name.equals("..")) {
                throw new ModelFormatException(
                        index.toString(),
                        "weight_map",
                        "the file name '" + Printable.of(name) + "'",
                        "a file in the same folder",
                        "");
            }
            add(index.resolveSibling(name));
        }
        map.fieldNames().forEachRemaining(tensor -> {
            if (!tensors.containsKey(tensor)) {
                throw new ModelFormatException(
                        index.resolveSibling(map.path(tensor).asText()).toString(),
                        "tensor " + Printable.of(tensor),
                        "nothing",
                        "a tensor, because " + index.getFileName() + " names it",
                        ByteReader.COMPLETE);
            }
        });
    }

    private void add(Path file) {
        MemorySegment bytes = memory.open(file).bytes();
        read(file.toString(), bytes).forEach((name, tensor) -> {
            if (tensors.putIfAbsent(name, tensor) != null) {
                throw new ModelFormatException(
                        file.toString(),
                        "tensor " + Printable.of(name),
                        "the same name as in another file",
                        "each once",
                        "");
            }
        });
    }

    /// The tensors of a file of any kind.
    static Map<String, StoredTensor> read(String file, MemorySegment bytes) {
        byte[] head = bytes.asSlice(0, Math.min(64, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("PK\3\4")) {
            return TorchFile.read(file, bytes);
        }
        if (text.startsWith("{", 8)) {
            return Safetensors.read(file, bytes);
        }
        if (TorchFile.isLegacy(bytes)) {
            throw new UnsupportedModelException(
                    file,
                    "PyTorch's format of before version 1.6",
                    "its zip format: in Python, torch.save(torch.load(old, map_location='cpu', weights_only=True),"
                            + " new)");
        }
        if (text.startsWith("version https://git-lfs")) {
            throw new ModelFormatException(
                    file, "beginning", "a Git-LFS pointer, which stands for the file", "weights", "run `git lfs pull`");
        }
        throw new ModelFormatException(
                file,
                "beginning",
                bytes.byteSize() == 0 ? "an empty file" : "neither a zip archive nor a safetensors header",
                "a safetensors file, or a zip archive as torch.save writes it",
                ByteReader.COMPLETE);
    }

    /// What was opened.
    public Path path() {
        return path;
    }

    /// All tensors by name, in the order of the files.
    public Map<String, StoredTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /// Fails if a file was written to since it was opened.
    ///
    /// @throws ModelFileException naming the file and what changed
    public void checkUnchanged() {
        memory.checkUnchanged();
    }

    @Override
    public void close() {
        memory.close();
    }
}
