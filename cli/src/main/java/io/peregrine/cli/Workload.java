package io.peregrine.cli;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.ImageCost;
import io.peregrine.model.image.Size;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/// What a model has to do at least: the arithmetic of a prompt or a picture, the bytes of a generated token.
///
/// A multiplication and an addition count as two operations; only matrix products and attention are counted.
/// Looking up tokens is neither.
final class Workload {

    private static final String TOKENS = "token_embd.weight";
    private static final int F16_BYTES = 2;

    /// Patches that a row of Qwen2.5-VL's windowed blocks sees.
    private static final int WINDOW = 64;

    private Workload() {}

    /// Bytes that a generated token reads, on average: every weight, of the token table one row unless it is
    /// the output matrix too, and an F16 cache of keys and values up to the token.
    ///
    /// @param depth positions stored before the first of the tokens
    /// @param tokens how many are generated
    static double bytesPerToken(GgufFile text, int depth, int tokens) {
        double bytes = 0;
        for (Tensor tensor : text.tensors().values()) {
            boolean lookedUp = tensor.name().equals(TOKENS) && outputMatrix(text) != tensor;
            bytes += lookedUp ? tensor.rowBytes() : tensor.data().byteSize();
        }
        Decoder decoder = Decoder.of(text.metadata());
        double positions = depth + (tokens + 1) / 2.0;
        double perPosition = (double) decoder.kvHeads * (decoder.keyLength + decoder.valueLength);
        return bytes + positions * decoder.layers * perPosition * F16_BYTES;
    }

    /// Operations of a prompt whose last row alone goes through the output matrix.
    static double promptOperations(GgufFile text, int tokens) {
        Decoder decoder = Decoder.of(text.metadata());
        double pairs = 0.5 * tokens * (tokens + 1.0);
        double perPair = 2.0 * decoder.heads * (decoder.keyLength + decoder.valueLength);
        return 2 * matrixElements(text, "blk.") * tokens
                + pairs * decoder.layers * perPair
                + 2.0 * outputMatrix(text).shape().elements();
    }

    /// Operations of encoding one picture.
    ///
    /// @param cost views and tokens of the picture
    /// @param layers blocks of the tower that are run; a file may store more
    static double imageOperations(GgufFile mmproj, ImageCost cost, int layers) {
        Metadata values = mmproj.metadata();
        int patch = values.integer("clip.vision.patch_size", 1, 1 << 16);
        int width = values.integer("clip.vision.embedding_length", 1, 1 << 20);
        boolean classToken = mmproj.tensorOrNull("v.class_embd") != null;
        int full = values.integer("clip.vision.n_wa_pattern", 0, 0, 1 << 16);
        double elements = 0;
        for (int i = 0; i < layers; i++) {
            elements += matrixElements(mmproj, "v.blk." + i + ".");
        }
        double operations = 2.0 * cost.tokens()
                * (matrixElements(mmproj, "mm.") + matrixElements(mmproj, "resampler.")
                        + matrixElements(mmproj, "v.deepstack."));
        for (Size view : cost.views()) {
            double patches = (double) (view.width() / patch) * (view.height() / patch);
            double rows = patches + (classToken ? 1 : 0);
            double windows = full == 0 ? 0 : layers - (double) (layers / full);
            double seen = (layers - windows) * rows + windows * Math.min(rows, WINDOW);
            operations += 2 * rows * elements + 4 * rows * seen * width + 2 * patches * 3.0 * patch * patch * width;
        }
        return operations;
    }

    /// The storage format: the mix that the file says it is, if that is a mix of K-quants and most of the
    /// file is its type; else the type that most bytes are in.
    static String format(GgufFile file) {
        Map<TensorType, Long> bytes = new EnumMap<>(TensorType.class);
        for (Tensor tensor : file.tensors().values()) {
            bytes.merge(tensor.type(), tensor.data().byteSize(), Long::sum);
        }
        String type = bytes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(entry -> entry.getKey().toString())
                .orElse("");
        String mix = mix(file.metadata().integer("general.file_type", 0, 0, Integer.MAX_VALUE));
        return mix.startsWith(type) ? mix : type;
    }

    /// The names of `llama_ftype` for mixes of K-quants; source: `ggml-org/llama.cpp : include/llama.h`.
    private static String mix(int fileType) {
        return switch (fileType) {
            case 11 -> "Q3_K_S";
            case 12 -> "Q3_K_M";
            case 13 -> "Q3_K_L";
            case 14 -> "Q4_K_S";
            case 15 -> "Q4_K_M";
            case 16 -> "Q5_K_S";
            case 17 -> "Q5_K_M";
            default -> "";
        };
    }

    private static double matrixElements(GgufFile file, String prefix) {
        double elements = 0;
        for (Tensor tensor : file.tensors().values()) {
            if (tensor.name().startsWith(prefix) && tensor.shape().rank() >= 2) {
                elements += tensor.shape().elements();
            }
        }
        return elements;
    }

    private static Tensor outputMatrix(GgufFile text) {
        Tensor output = text.tensorOrNull("output.weight");
        return output == null ? text.tensor(TOKENS) : output;
    }

    /// The dimensions of attention.
    ///
    /// @param layers those that attend
    private record Decoder(int layers, int heads, int kvHeads, int keyLength, int valueLength) {

        static Decoder of(Metadata values) {
            String name = values.string("general.architecture");
            int dim = values.integer(name + ".embedding_length", 1, 1 << 20);
            int heads = values.integer(name + ".attention.head_count", 1, 1 << 16);
            int keyLength = values.integer(name + ".attention.key_length", dim / heads, 1, 1 << 16);
            int layers = values.integer(name + ".block_count", 1, 1 << 16);
            String kvKey = name + ".attention.head_count_kv";
            int[] each = values.elementType(kvKey) == null ? null : values.ints(kvKey);
            int kvHeads;
            if (each != null) {
                layers = (int) Arrays.stream(each).filter(count -> count > 0).count();
                kvHeads = Arrays.stream(each).max().orElse(heads);
            } else {
                kvHeads = values.integer(kvKey, heads, 1, heads);
            }
            return new Decoder(
                    layers,
                    heads,
                    kvHeads,
                    keyLength,
                    values.integer(name + ".attention.value_length", keyLength, 1, 1 << 16));
        }
    }
}
