package io.peregrine.cli.checkpoint;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import io.peregrine.core.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads what `torch.save` writes since PyTorch 1.6: a zip archive with a pickle, `data.pkl`, and an entry for each
/// storage. Nothing of the pickle is executed; see [Pickle].
///
/// Tensors are looked for in the dictionary under `model`, `state_dict` or `module` if there is one, else in the
/// whole; names of nested dictionaries are joined with dots.
///
/// Source: `pytorch/pytorch : torch/serialization.py, torch/_utils.py`.
final class TorchFile implements Pickle.Builder {

    private static final long LONGEST_PICKLE = 64L << 20;
    private static final int DEEPEST = 16;
    private static final int MOST_OBJECTS = 1_000_000;
    private static final int MOST_AXES = 16;
    private static final List<String> WRAPPERS = List.of("model", "state_dict", "module");

    /// A name in the pickle that is known.
    private enum Known {
        ORDERED_DICT("collections.OrderedDict"),
        TENSOR_V2("torch._utils._rebuild_tensor_v2"),
        TENSOR("torch._utils._rebuild_tensor"),
        PARAMETER("torch._utils._rebuild_parameter"),
        PARAMETER_CLASS("torch.nn.parameter.Parameter");

        private final String name;

        Known(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// The bytes that tensors are views of.
    private record Storage(ElementType type, MemorySegment data) {
        @Override
        public String toString() {
            return "a storage";
        }
    }

    private final String file;
    private final ZipArchive archive;
    /// Name of the folder in the archive, with its slash.
    private final String folder;

    private final Map<String, Storage> storages = new LinkedHashMap<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private int visited;

    private TorchFile(String file, MemorySegment bytes) {
        this.file = file;
        this.archive = new ZipArchive(file, bytes);
        this.folder = folder();
    }

    /// The tensors of a file, in the order of its pickle.
    static Map<String, StoredTensor> read(String file, MemorySegment bytes) {
        return new TorchFile(file, bytes).read();
    }

    private Map<String, StoredTensor> read() {
        MemorySegment order = archive.find(folder + "byteorder");
        if (order != null && order.byteSize() == 3) {
            throw new UnsupportedModelException(file, "the byte order big", "little");
        }
        MemorySegment pickle = archive.find(folder + "data.pkl");
        if (pickle == null) {
            throw new IllegalStateException("the folder was found by it");
        }
        if (pickle.byteSize() > LONGEST_PICKLE) {
            throw new ResourceLimitException(
                    file + ": data.pkl",
                    pickle.byteSize() + " bytes",
                    LONGEST_PICKLE + " bytes",
                    "this is no usual checkpoint");
        }
        Object root = Pickle.read(file, pickle, this);
        if (!(root instanceof Map<?, ?> top)) {
            throw new ModelFormatException(file, "pickle", Pickle.kind(root), "a dictionary of tensors", "");
        }
        Object content = WRAPPERS.stream()
                .<Object>map(top::get)
                .filter(inner -> inner instanceof Map<?, ?>)
                .findFirst()
                .orElse(top);
        collect("", content, 0);
        if (tensors.isEmpty()) {
            throw new ModelFormatException(file, "pickle", "no tensors", "a dictionary of tensors", "");
        }
        return tensors;
    }

    /// `archive/`, or whatever the file was called when it was saved.
    private String folder() {
        Optional<String> pickle = archive.names().stream()
                .filter(name -> name.matches("[^/]*/?data\\.pkl"))
                .findFirst();
        if (pickle.isEmpty()) {
            throw new ModelFormatException(
                    file,
                    "archive",
                    "no data.pkl",
                    "what torch.save writes",
                    archive.names().contains("version") || archive.names().contains("constants.pkl")
                            ? "save the state_dict of this TorchScript module with torch.save"
                            : "");
        }
        String name = pickle.get();
        return name.substring(0, name.length() - "data.pkl".length());
    }

    private void collect(String name, Object value, int depth) {
        visited++;
        if (depth > DEEPEST || visited > MOST_OBJECTS) {
            throw new ResourceLimitException(
                    file + ": pickle",
                    depth > DEEPEST ? "deeper nesting of dictionaries" : "more objects",
                    depth > DEEPEST ? DEEPEST + " levels" : MOST_OBJECTS + " objects",
                    "this is no usual checkpoint");
        }
        switch (value) {
            case StoredTensor tensor -> {
                if (tensors.putIfAbsent(name, tensor) != null) {
                    throw new ModelFormatException(
                            file, "tensor " + Printable.of(name), "the same name again", "each name once", "");
                }
            }
            case Map<?, ?> map ->
                map.forEach(
                        (key, inner) -> collect(name.isEmpty() ? key.toString() : name + "." + key, inner, depth + 1));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    collect(name.isEmpty() ? Integer.toString(i) : name + "." + i, list.get(i), depth + 1);
                }
            }
            default -> {
                // Numbers and texts: epochs, settings.
            }
        }
    }

    @Override
    public Object global(String module, String name, String where) {
        String full = module + "." + name;
        for (Known known : Known.values()) {
            if (known.name.equals(full)) {
                return known;
            }
        }
        ElementType type = module.equals("torch") ? ElementType.ofStorage(name) : null;
        if (type == null) {
            throw new UnsupportedModelException(
                    file,
                    where + ": the Python name " + Printable.of(full),
                    "tensors, parameters, dictionaries, lists, tuples, texts and numbers; nothing else is built from"
                            + " a checkpoint, and nothing is executed");
        }
        return type;
    }

    @Override
    public Object call(Object callee, Pickle.Tuple arguments, String where) {
        List<Object> given = arguments.elements();
        return switch (callee) {
            case Known.ORDERED_DICT -> orderedDict(given, where);
            case Known.TENSOR_V2, Known.TENSOR -> tensor(given, where);
            case Known.PARAMETER, Known.PARAMETER_CLASS -> {
                if (given.isEmpty() || !(given.getFirst() instanceof StoredTensor tensor)) {
                    throw wrong(where, callee + " of " + arguments, "of a tensor");
                }
                yield tensor;
            }
            default -> throw wrong(where, "a call of " + Pickle.kind(callee), "a call of a known function");
        };
    }

    private Map<Object, Object> orderedDict(List<Object> given, String where) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (given.isEmpty()) {
            return map;
        }
        if (given.size() > 1 || !(given.getFirst() instanceof List<?> pairs)) {
            throw wrong(where, "an ordered dictionary of " + given.size() + " arguments", "none, or a list of pairs");
        }
        for (Object pair : pairs) {
            List<?> both = pair instanceof Pickle.Tuple tuple
                    ? tuple.elements()
                    : pair instanceof List<?> list ? list : List.of();
            if (both.size() != 2 || !(both.getFirst() instanceof String key)) {
                throw wrong(where, Pickle.kind(pair) + " in an ordered dictionary", "a pair of a text and a value");
            }
            map.put(key, both.get(1));
        }
        return map;
    }

    /// Storage, offset, sizes, strides; what follows is about gradients.
    private StoredTensor tensor(List<Object> given, String where) {
        if (given.size() < 4
                || !(given.get(0) instanceof Storage storage)
                || !(given.get(1) instanceof Long offset)
                || !(given.get(2) instanceof Pickle.Tuple sizes)
                || !(given.get(3) instanceof Pickle.Tuple strides)) {
            throw wrong(where, "a tensor of " + given.size() + " arguments", "storage, offset, sizes and strides");
        }
        long[] dims = numbers(sizes, "sizes", where);
        long[] steps = numbers(strides, "strides", where);
        try {
            return StoredTensor.view(storage.type, Shape.of(dims), steps, storage.data, offset);
        } catch (IllegalArgumentException e) {
            throw wrong(where, String.valueOf(e.getMessage()), "a tensor within its storage");
        } catch (ArithmeticException e) {
            throw wrong(where, "a tensor of 2^63 elements or more", "a tensor within its storage");
        }
    }

    private long[] numbers(Pickle.Tuple tuple, String what, String where) {
        long[] numbers = new long[tuple.elements().size()];
        if (numbers.length > MOST_AXES) {
            throw wrong(where, numbers.length + " " + what + " of a tensor", "at most " + MOST_AXES);
        }
        for (int i = 0; i < numbers.length; i++) {
            if (!(tuple.elements().get(i) instanceof Long number) || number < 0) {
                throw wrong(where, Pickle.kind(tuple.elements().get(i)) + " among the " + what, "a number from 0 on");
            }
            numbers[i] = number;
        }
        return numbers;
    }

    /// `('storage', class, key, device, elements)`.
    @Override
    public Object persistent(Object id, String where) {
        if (!(id instanceof Pickle.Tuple tuple)
                || tuple.elements().size() < 5
                || !tuple.elements().getFirst().equals("storage")
                || !(tuple.elements().get(1) instanceof ElementType type)
                || !(tuple.elements().get(2) instanceof String key)
                || !(tuple.elements().get(4) instanceof Long count)) {
            throw wrong(where, "the id " + Pickle.kind(id), "that of a storage");
        }
        Storage storage = storages.computeIfAbsent(key, k -> storage(k, type, count, where));
        if (storage.type != type) {
            throw wrong(where, "storage " + Printable.of(key) + " as " + type, "as before, " + storage.type);
        }
        return storage;
    }

    private Storage storage(String key, ElementType type, long count, String where) {
        String name = folder + "data/" + key;
        MemorySegment data = archive.find(name);
        if (data == null) {
            throw wrong(where, "no entry " + Printable.of(name), "an entry for each storage");
        }
        if (count < 0 || count > data.byteSize() / type.bytes()) {
            throw new ModelFormatException(
                    file,
                    "entry " + Printable.of(name),
                    data.byteSize() + " bytes",
                    count + " elements of " + type.bytes() + " bytes",
                    ByteReader.COMPLETE);
        }
        return new Storage(type, data.asSlice(0, count * type.bytes()));
    }

    /// Whether a file begins as PyTorch's format of before 1.6 does: a pickle of a magic number, or a tar archive.
    static boolean isLegacy(MemorySegment bytes) {
        byte[] head = bytes.asSlice(0, Math.min(16, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        return new String(head, StandardCharsets.ISO_8859_1)
                .startsWith("\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019");
    }

    private ModelFormatException wrong(String where, String found, String expected) {
        return new ModelFormatException(file, where, found, expected, "");
    }
}
