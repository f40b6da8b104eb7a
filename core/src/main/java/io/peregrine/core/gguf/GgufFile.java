package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.memory.Lease;
import io.peregrine.core.memory.LoadListener;
import io.peregrine.core.memory.ModelMemory;
import io.peregrine.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An open GGUF model, of one file or several: its metadata and its tensors, which stay valid until [#close],
/// or longer while a [io.peregrine.core.memory.Lease] is open.
///
/// Safe to read from any thread. Everything about the file has been checked when [#open] returns, except the
/// values of the weights.
public final class GgufFile implements AutoCloseable {

    private final Path path;
    private final ModelMemory memory;
    private final int version;
    private final Metadata metadata;
    private final Map<String, Tensor> tensors;
    private final List<String> warnings;
    private final List<ModelMemory.Range> mapped;

    private GgufFile(Path path, ModelMemory memory, GgufOptions options) {
        GgufReader reader = new GgufReader(memory, options);
        List<GgufReader.Part> parts = reader.parts(path);
        this.path = parts.getFirst().file().path();
        this.memory = memory;
        this.version = parts.getFirst().contents().version();
        this.metadata = parts.getFirst().metadata();
        this.warnings = warnings(parts);
        this.tensors = Collections.unmodifiableMap(reader.tensors(parts));
        this.mapped = options.copyWeights()
                ? List.of()
                : parts.stream().map(GgufReader.Part::data).toList();
    }

    /// Opens a file, mapping its weights, with the default limits.
    ///
    /// @throws io.peregrine.core.PeregrineException as [#open(Path, GgufOptions)]
    public static GgufFile open(Path path) {
        return open(path, GgufOptions.DEFAULT);
    }

    /// Opens a file, and if it is a part of a split model, all parts.
    ///
    /// @throws io.peregrine.core.ModelFileException if a file cannot be read
    /// @throws io.peregrine.core.ModelFormatException if a file is damaged, or a part missing
    /// @throws io.peregrine.core.UnsupportedModelException if it has a version or a tensor type that nobody
    ///     reads
    /// @throws io.peregrine.core.ResourceLimitException if it asks for more than the limits of the options,
    ///     or the weights that are to be copied do not fit into memory
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped the copying
    public static GgufFile open(Path path, GgufOptions options) {
        ModelMemory memory = new ModelMemory();
        try {
            return new GgufFile(path, memory, options);
        } catch (Throwable e) {
            memory.close();
            throw e;
        }
    }

    private static List<String> warnings(List<GgufReader.Part> parts) {
        List<String> warnings = new ArrayList<>();
        for (GgufReader.Part part : parts) {
            long extra = part.table().trailingBytes();
            if (extra > 0) {
                warnings.add(part.file().path() + ": " + extra + " bytes after the last tensor are not used");
            }
        }
        return List.copyOf(warnings);
    }

    /// The file, or the first one of a split model.
    public Path path() {
        return path;
    }

    /// The version of the format, 2 or 3.
    public int version() {
        return version;
    }

    public Metadata metadata() {
        return metadata;
    }

    /// All tensors by name, in the order of the file.
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    public @Nullable Tensor tensorOrNull(String name) {
        return tensors.get(name);
    }

    /// @throws io.peregrine.core.ModelFormatException if there is no such tensor
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelFormatException(path.toString(), "tensor " + name, "nothing", "a tensor", "");
        }
        return tensor;
    }

    /// What is odd about the file and yet no reason to refuse it, one line each.
    public List<String> warnings() {
        return warnings;
    }

    /// Keeps the tensors valid until the lease is closed, whatever happens to this file meanwhile.
    ///
    /// @throws IllegalStateException if this is closed
    public Lease lease() {
        return memory.lease();
    }

    /// Fails if a mapped file was written to since it was opened. To be called at the start of each request:
    /// a mapped file that becomes shorter can end the whole JVM. Copied weights cannot change.
    ///
    /// @throws io.peregrine.core.ModelFileException naming the file and what changed
    public void checkUnchanged() {
        memory.checkUnchanged();
    }

    /// Brings the mapped weights into memory ahead of their first use, reading on several threads; does
    /// nothing if they are copied.
    ///
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    public void prefault(LoadListener listener) {
        memory.touch(mapped, listener);
    }

    /// Ends the file: the memory is given back now, or when the last lease is closed; tensors used after that
    /// throw `IllegalStateException`, the metadata stay readable. Closing twice does nothing.
    @Override
    public void close() {
        memory.close();
    }
}
