package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Checkpoint;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a conversion reads: the folder of the model, and the files that the request names besides. Closed by the
/// conversion, after the last tensor is written.
final class Sources implements AutoCloseable {

    private final Request request;
    private final Config config;
    private final Map<Path, Checkpoint> checkpoints = new LinkedHashMap<>();
    private final Map<Path, Pool> pools = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<Path> used = new HashSet<>();
    private boolean imageSizeUsed;

    Sources(Request request) {
        this.request = request;
        if (!Files.isDirectory(request.from())) {
            throw new ModelFileException(
                    request.from().toString(), "is no folder", "give the folder of the model, with its config.json");
        }
        this.config = Config.read(request.from().resolve("config.json"));
    }

    Request request() {
        return request;
    }

    /// The model's `config.json`.
    Config config() {
        return config;
    }

    Path folder() {
        return request.from();
    }

    /// The tensors of the model's folder.
    Pool pool() {
        return pool(request.from());
    }

    /// The tensors of a file or folder; opened once.
    Pool pool(Path path) {
        use(path);
        Pool known = pools.get(path);
        if (known != null) {
            return known;
        }
        Checkpoint checkpoint = Checkpoint.open(path);
        checkpoints.put(path, checkpoint);
        Pool pool = new Pool(checkpoint);
        pools.put(path, pool);
        return pool;
    }

    /// Says that a file or folder of the request was of use.
    void use(Path path) {
        used.add(path);
    }

    /// The side of the pictures: what the request says, or the usual one.
    int imageSize(int usual) {
        imageSizeUsed = true;
        return request.imageSize() == 0 ? usual : request.imageSize();
    }

    /// A file that the request must name.
    ///
    /// @param option that names it
    /// @param what it holds
    Path required(@Nullable Path path, String option, String what) {
        if (path == null) {
            throw new ModelFileException(
                    request.from().toString(),
                    "does not hold " + what,
                    "give the file or folder with " + option + " PATH");
        }
        return path;
    }

    /// A number of heads that the checkpoint does not tell: one for each `size` elements, as the original code has it.
    ///
    /// @param key that gets it; if the user sets it, whatever this returns is replaced
    int heads(Pool pool, String key, int dim, int size) {
        if (request.settings().containsKey(key)) {
            return 1;
        }
        if (dim % size != 0) {
            throw new ModelFormatException(
                    pool.file(),
                    "width",
                    Integer.toString(dim),
                    "a multiple of " + size + ", the size of a head in the original",
                    "give the number of heads with --set " + key + "=N");
        }
        return dim / size;
    }

    /// A JSON file of a folder, or one without keys if it is not there.
    static Config optional(Path folder, String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? Config.read(file) : Config.empty(file.toString());
    }

    /// Tells the user what was decided or left out.
    void note(String note) {
        notes.add(note);
    }

    List<String> notes() {
        return notes;
    }

    /// Fails if the request names something that was of no use: it is not what the user takes it for.
    void requireAllUsed() {
        for (Path path : Arrays.asList(request.visionTower(), request.qformer(), request.projector())) {
            if (path != null && !used.contains(path)) {
                throw new ModelFileException(
                        path.toString(),
                        "is not needed",
                        "leave it out, or name the system that it is for with --system");
            }
        }
        if (request.imageSize() != 0 && !imageSizeUsed) {
            throw new ModelFileException(
                    request.from().toString(), "says itself how large its pictures are", "leave out --image-size");
        }
    }

    /// Fails if a tensor of any source has no place.
    void requireAllPlaced() {
        for (Pool pool : pools.values()) {
            pool.ignorePrefixes(request.ignored());
            pool.requireEmpty();
        }
    }

    /// Fails if a source was written to since it was opened.
    void checkUnchanged() {
        checkpoints.values().forEach(Checkpoint::checkUnchanged);
    }

    @Override
    public void close() {
        checkpoints.values().forEach(Checkpoint::close);
    }
}
