package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/// A GGUF file that is being planned: metadata, tensors, and the type of each.
final class Target {

    private final Path path;
    private final TensorType type;
    private final Map<String, String> settings;
    private final Set<String> used = new HashSet<>();
    private final GgufWriter writer = new GgufWriter();
    private final LongConsumer progress;
    private long elements;
    private int tensors;

    /// @param type of matrices; vectors and tables of positions are F32 in any case
    /// @param settings values of keys that the user gives instead of the converter's
    /// @param progress hears of elements that are written
    Target(Path path, TensorType type, Map<String, String> settings, LongConsumer progress) {
        this.path = path;
        this.type = type;
        this.settings = settings;
        this.progress = progress;
    }

    Path path() {
        return path;
    }

    TensorType type() {
        return type;
    }

    /// Elements of all tensors.
    long elements() {
        return elements;
    }

    int tensors() {
        return tensors;
    }

    Target string(String key, String value) {
        return put(key, GgufType.STRING, value);
    }

    Target uint32(String key, long value) {
        return put(key, GgufType.UINT32, value);
    }

    Target float32(String key, float value) {
        return put(key, GgufType.FLOAT32, value);
    }

    Target bool(String key, boolean value) {
        return put(key, GgufType.BOOL, value);
    }

    Target array(String key, GgufType elementType, Object values) {
        writer.putArray(key, elementType, values);
        return this;
    }

    private Target put(String key, GgufType keyType, Object value) {
        String given = settings.get(key);
        used.add(key);
        writer.put(key, keyType, given == null ? value : parsed(key, keyType, given));
        return this;
    }

    private static Object parsed(String key, GgufType type, String text) {
        try {
            return switch (type) {
                case UINT32 -> Long.parseUnsignedLong(text);
                case FLOAT32 -> Float.parseFloat(text);
                case BOOL -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw new NumberFormatException();
                    }
                    yield text.equals("true");
                }
                default -> text;
            };
        } catch (NumberFormatException e) {
            throw new ModelFormatException("--set", "key " + key, "'" + text + "'", "a value of type " + type, "");
        }
    }

    /// The keys that were written and may be set.
    Set<String> keys() {
        return used;
    }

    /// A vector, a table of positions or of learned queries: F32 whatever the type of the file.
    Target exact(String name, Values values) {
        return add(name, values, TensorType.F32);
    }

    /// A matrix or a kernel of a convolution: of the file's type, if its rows are whole blocks of it.
    Target tensor(String name, Values values) {
        Shape shape = values.shape();
        if (shape.rank() < 2) {
            return exact(name, values);
        }
        boolean fits = shape.columns() % type.blockElements() == 0;
        return add(name, values, fits ? type : TensorType.F16);
    }

    private Target add(String name, Values values, TensorType stored) {
        writer.tensor(name, stored, values.shape(), new EncodedTensor(values, stored, progress));
        elements += values.shape().elements();
        tensors++;
        return this;
    }

    void write() {
        writer.write(path);
    }
}
