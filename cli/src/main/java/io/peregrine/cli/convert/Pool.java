package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Checkpoint;
import io.peregrine.cli.checkpoint.StoredTensor;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Printable;
import io.peregrine.core.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The tensors of a checkpoint that have no place yet. Every one is taken once, with the shape that the
/// configuration asks for, or is known to be of no use; what is left at the end is an error.
final class Pool {

    private static final int SHOWN = 5;

    private final String file;
    private final Map<String, StoredTensor> rest;

    Pool(Checkpoint checkpoint) {
        this.file = checkpoint.path().toString();
        this.rest = new LinkedHashMap<>(checkpoint.tensors());
    }

    /// The checkpoint's name for messages.
    String file() {
        return file;
    }

    boolean has(String name) {
        return rest.containsKey(name);
    }

    /// Whether a tensor's name begins so.
    boolean hasPrefix(String prefix) {
        return rest.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    /// What stands before a suffix in the one name that ends so, or null if none does.
    @Nullable
    String prefixOf(String suffix) {
        return rest.keySet().stream()
                .filter(name -> name.endsWith(suffix))
                .map(name -> name.substring(0, name.length() - suffix.length()))
                .findFirst()
                .orElse(null);
    }

    /// How many numbers from 0 on come between a prefix and a suffix without a gap.
    int count(String prefix, String suffix) {
        int count = 0;
        while (has(prefix + count + suffix)) {
            count++;
        }
        return count;
    }

    /// A tensor that must be there, of this shape, slowest axis first.
    StoredTensor take(String name, long... dims) {
        Shape shape = Shape.of(dims);
        StoredTensor tensor = rest.remove(name);
        if (tensor == null) {
            throw missing(name, "a tensor of shape " + shape);
        }
        if (!tensor.shape().equals(shape)) {
            throw new ModelFormatException(
                    file,
                    "tensor " + Printable.of(name),
                    "shape " + tensor.shape(),
                    "shape " + shape,
                    "do the configuration and the weights belong together?");
        }
        return tensor;
    }

    /// The shape of a tensor that must be there, for what only the tensor tells.
    Shape shape(String name, int rank) {
        StoredTensor tensor = rest.get(name);
        if (tensor == null) {
            throw missing(name, "a tensor of " + rank + " axes");
        }
        if (tensor.shape().rank() != rank) {
            throw new ModelFormatException(
                    file, "tensor " + Printable.of(name), "shape " + tensor.shape(), rank + " axes", "");
        }
        return tensor.shape();
    }

    private ModelFormatException missing(String name, String expected) {
        return new ModelFormatException(
                file,
                "tensor " + name,
                "nothing",
                expected,
                "the checkpoint is incomplete, or of another layout than the one that is converted");
    }

    /// Tensors whose whole names match are of no use: buffers that the code computes, parts that are not run.
    void ignore(String... regexes) {
        for (String regex : regexes) {
            Predicate<String> matches = Pattern.compile(regex).asMatchPredicate();
            rest.keySet().removeIf(matches);
        }
    }

    /// Tensors that the user does not want.
    void ignorePrefixes(List<String> prefixes) {
        prefixes.forEach(prefix -> rest.keySet().removeIf(name -> name.startsWith(prefix)));
    }

    /// Fails if a tensor has no place.
    void requireEmpty() {
        if (rest.isEmpty()) {
            return;
        }
        StringBuilder found = new StringBuilder();
        rest.entrySet().stream()
                .limit(SHOWN)
                .forEach(entry -> found.append(found.isEmpty() ? "" : ", ")
                        .append(Printable.of(entry.getKey()))
                        .append(' ')
                        .append(entry.getValue()));
        if (rest.size() > SHOWN) {
            found.append(" and ").append(rest.size() - SHOWN).append(" more");
        }
        throw new ModelFormatException(
                file,
                "tensors without a place",
                found.toString(),
                "none",
                "is this the system that it is taken for? Leave them out with --ignore PREFIX if they are of no use");
    }
}
