package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.quantize.EncodingPool;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.TensorInfo;
import io.peregrine.model.quantize.TypePlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/// A GGUF file that is being planned: metadata, tensors, and the type of each.
final class Target {

    /// @param exact whether it is F32 whatever the mix
    private record Item(Values values, boolean exact) {}

    private final Path path;
    private final Mix mix;
    private final TensorType floats;
    private final Map<String, String> settings;
    private final Set<String> used = new HashSet<>();
    private final GgufWriter writer = new GgufWriter();
    private final Map<String, Item> items = new LinkedHashMap<>();

    /// @param mix of matrices; vectors and tables of positions are F32 in any case
    /// @param floats what is neither has if the mix is none of floats: kernels of convolutions, odd rows
    /// @param settings values of keys that the user gives instead of the converter's
    Target(Path path, Mix mix, TensorType floats, Map<String, String> settings) {
        this.path = path;
        this.mix = mix;
        this.floats = mix.base().isBlocked() ? floats : mix.base();
        this.settings = settings;
    }

    Path path() {
        return path;
    }

    Mix mix() {
        return mix;
    }

    /// Elements of all tensors.
    long elements() {
        return items.values().stream()
                .mapToLong(item -> item.values.shape().elements())
                .sum();
    }

    int tensors() {
        return items.size();
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
        return add(name, values, true);
    }

    /// A matrix or a kernel of a convolution: of the type that the mix gives it.
    Target tensor(String name, Values values) {
        return add(name, values, values.shape().rank() < 2);
    }

    private Target add(String name, Values values, boolean exact) {
        if (items.putIfAbsent(name, new Item(values, exact)) != null) {
            throw new IllegalArgumentException("tensor " + name + " is set twice");
        }
        return this;
    }

    /// Writes the file.
    ///
    /// @param source where the tensors come from, for messages
    /// @param written hears of elements that are written
    /// @return what was done against the wish, one line each
    List<String> write(String source, EncodingPool pool, LongConsumer written) {
        List<TensorInfo> infos = new ArrayList<>();
        items.forEach((name, item) -> infos.add(info(name, item)));
        TypePlan plan = new TypePlan(infos, QuantizeOptions.to(mix));
        items.forEach((name, item) -> {
            TensorInfo info = info(name, item);
            TensorType type = item.exact ? TensorType.F32 : plan.type(info);
            writer.tensor(
                    name,
                    type,
                    info.shape(),
                    pool.source(
                            source,
                            info,
                            type,
                            (first, count, out) -> item.values.read(first, count, out, 0),
                            written));
        });
        writer.write(path);
        return plan.notes();
    }

    private TensorInfo info(String name, Item item) {
        return new TensorInfo(name, item.exact ? TensorType.F32 : floats, item.values.shape());
    }
}
