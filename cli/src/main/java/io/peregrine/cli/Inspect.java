package io.peregrine.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufType;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.gguf.Printable;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `peregrine inspect`: what a GGUF file is and holds.
@Command(
        name = "inspect",
        header = "Show what a GGUF file is and holds.",
        description = "Show what a GGUF file is: its kind, storage formats, metadata and tensors.",
        footer = {"", "Examples:", "  peregrine inspect model.gguf", "  peregrine inspect model.gguf --check-tensors",
            "  peregrine inspect model.gguf --json | jq .tensors"})
final class Inspect implements Callable<Integer> {

    private static final int SHOWN_ELEMENTS = 6;
    private static final int SHOWN_CHARACTERS = 72;

    @Parameters(paramLabel = "FILE", description = "A GGUF file; of a split model, any part.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path file;

    @Option(names = "--json", description = "Everything, as JSON; long arrays in full.")
    private boolean json;

    @Option(
            names = "--check-tensors",
            description = "Look through all weights first for numbers that are infinite or no numbers; if there are any,"
                    + " say where and exit with 1.")
    private boolean checkTensors;

    private final PrintStream out;

    Inspect(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            gguf.warnings().forEach(warning -> System.err.println("warning: " + warning));
            if (checkTensors) {
                ModelArguments.checkWeights(gguf);
            }
            if (json) {
                writeJson(gguf);
            } else {
                writeText(gguf);
            }
        }
        return 0;
    }

    private void writeText(GgufFile gguf) {
        Summary summary = Summary.of(gguf);
        out.println("file      " + gguf.path() + ", GGUF version " + gguf.version());
        out.println("what      " + summary.what());
        out.println("size      " + Sizes.count(summary.parameters()) + " parameters in " + Sizes.bytes(summary.bytes())
                + String.format(", %.2f bits each", 8.0 * summary.bytes() / Math.max(1, summary.parameters())));
        out.println("formats   " + formats(summary));
        if (checkTensors) {
            out.println("weights   all numbers are finite");
        }

        Table metadata = new Table("key", "type", "value");
        Metadata values = gguf.metadata();
        for (String key : values.keys()) {
            metadata.row(Printable.of(key), typeName(values, key), shortened(present(values, key)));
        }
        out.println();
        metadata.print(out);

        Table tensors = new Table("tensor", "type", "shape", "size").right(3);
        for (Tensor tensor : gguf.tensors().values()) {
            tensors.row(
                    Printable.of(tensor.name()),
                    tensor.type().toString(),
                    tensor.shape().toString(),
                    Sizes.bytes(tensor.data().byteSize()));
        }
        if (!gguf.tensors().isEmpty()) {
            out.println();
            tensors.print(out);
        }
    }

    private static String formats(Summary summary) {
        List<String> formats = new ArrayList<>();
        summary.bytesByType()
                .forEach((type, bytes) -> formats.add(type + " " + Sizes.bytes(bytes)));
        return formats.isEmpty() ? "none: a file without tensors" : String.join(", ", formats);
    }

    private static String typeName(Metadata values, String key) {
        GgufType element = values.elementType(key);
        return element == null ? String.valueOf(values.type(key)) : element + "[" + length(present(values, key)) + "]";
    }

    private static Object present(Metadata values, String key) {
        return Objects.requireNonNull(values.value(key));
    }

    private static int length(Object value) {
        return value instanceof List<?> list ? list.size() : Array.getLength(value);
    }

    private static Object element(Object value, int index) {
        return value instanceof List<?> list ? list.get(index) : Array.get(value, index);
    }

    private static boolean isArray(Object value) {
        return value instanceof List<?> || value.getClass().isArray();
    }

    private static String shortened(Object value) {
        if (!isArray(value)) {
            return value instanceof String text ? quoted(text) : value.toString();
        }
        StringBuilder text = new StringBuilder("[");
        int length = length(value);
        for (int i = 0; i < Math.min(length, SHOWN_ELEMENTS); i++) {
            text.append(i == 0 ? "" : ", ").append(shortened(element(value, i)));
        }
        return text.append(length > SHOWN_ELEMENTS ? ", ...]" : "]").toString();
    }

    private static String quoted(String text) {
        String line = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
        if (line.length() <= SHOWN_CHARACTERS) {
            return '"' + Printable.of(line) + '"';
        }
        return '"' + Printable.of(line.substring(0, SHOWN_CHARACTERS)) + "\"... (" + text.length() + " characters)";
    }

    private void writeJson(GgufFile gguf) throws IOException {
        Summary summary = Summary.of(gguf);
        try (JsonGenerator to = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter()) {
            to.writeStartObject();
            to.writeStringField("file", gguf.path().toString());
            to.writeNumberField("version", gguf.version());
            to.writeStringField("what", summary.what());
            to.writeNumberField("parameters", summary.parameters());
            to.writeNumberField("tensor_bytes", summary.bytes());
            to.writeObjectFieldStart("formats");
            for (Map.Entry<TensorType, Long> format : summary.bytesByType().entrySet()) {
                to.writeNumberField(format.getKey().toString(), format.getValue());
            }
            to.writeEndObject();
            if (checkTensors) {
                to.writeBooleanField("weights_finite", true);
            }
            to.writeObjectFieldStart("metadata");
            for (String key : gguf.metadata().keys()) {
                to.writeFieldName(key);
                writeValue(to, present(gguf.metadata(), key));
            }
            to.writeEndObject();
            to.writeArrayFieldStart("tensors");
            for (Tensor tensor : gguf.tensors().values()) {
                to.writeStartObject();
                to.writeStringField("name", tensor.name());
                to.writeStringField("type", tensor.type().toString());
                to.writeFieldName("shape");
                to.writeArray(tensor.shape().toArray(), 0, tensor.shape().rank());
                to.writeNumberField("bytes", tensor.data().byteSize());
                to.writeEndObject();
            }
            to.writeEndArray();
            to.writeEndObject();
        }
        out.println();
    }

    private static void writeValue(JsonGenerator to, Object value) throws IOException {
        if (isArray(value)) {
            to.writeStartArray();
            for (int i = 0; i < length(value); i++) {
                writeValue(to, element(value, i));
            }
            to.writeEndArray();
            return;
        }
        switch (value) {
            case String text -> to.writeString(text);
            case Boolean flag -> to.writeBoolean(flag);
            case Float number when Float.isFinite(number) -> to.writeNumber(number);
            case Double number when Double.isFinite(number) -> to.writeNumber(number);
            case Float number -> to.writeString(number.toString());
            case Double number -> to.writeString(number.toString());
            case Number number -> to.writeNumber(number.longValue());
            default -> throw new IllegalStateException("a metadata value of class " + value.getClass());
        }
    }

    /// What a file is, in one line, and what its tensors weigh.
    private record Summary(String what, long parameters, long bytes, Map<TensorType, Long> bytesByType) {

        static Summary of(GgufFile gguf) {
            long parameters = 0;
            long bytes = 0;
            Map<TensorType, Long> byType = new EnumMap<>(TensorType.class);
            for (Tensor tensor : gguf.tensors().values()) {
                parameters += tensor.shape().elements();
                bytes += tensor.data().byteSize();
                byType.merge(tensor.type(), tensor.data().byteSize(), Long::sum);
            }
            return new Summary(what(gguf), parameters, bytes, byType);
        }

        private static String what(GgufFile gguf) {
            Metadata values = gguf.metadata();
            String architecture = printable(values, "general.architecture");
            String name = printable(values, "general.name");
            String named = name == null ? "" : " \"" + name + "\"";
            if (architecture == null) {
                return "a GGUF file that names no architecture" + named;
            }
            if (architecture.equals("clip")) {
                String projector = printable(values, "clip.projector_type");
                if (gguf.tensorOrNull("visual_projection.weight") != null
                        && gguf.tensorOrNull("text_projection.weight") != null) {
                    return "an embedding model with an image tower and a text tower" + named
                            + dimensions(values, "clip.vision.", "image_size", "patch_size", "block_count")
                            + dimensions(values, "clip.text.", "context_length", "projection_dim");
                }
                return "an image encoder" + named + (projector == null ? "" : ", projector " + projector)
                        + dimensions(values, "clip.vision.", "image_size", "patch_size", "block_count", "embedding_length");
            }
            String kind = gguf.tensors().isEmpty() ? "the vocabulary of a " : "a ";
            return kind + architecture + " language model" + named
                    + dimensions(
                            values,
                            architecture + ".",
                            "block_count",
                            "embedding_length",
                            "attention.head_count",
                            "attention.head_count_kv",
                            "context_length");
        }

        private static @Nullable String printable(Metadata values, String key) {
            Object value = values.value(key);
            return value == null ? null : Printable.of(isArray(value) ? shortened(value) : value.toString());
        }

        private static String dimensions(Metadata values, String prefix, String... keys) {
            StringBuilder text = new StringBuilder();
            for (String key : keys) {
                Object value = values.value(prefix + key);
                if (value != null) {
                    text.append(", ").append(key).append(' ').append(shortened(value));
                }
            }
            return text.toString();
        }
    }
}
