package io.peregrine.cli;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import java.util.EnumMap;
import java.util.Map;

/// What a model has to do at least: the arithmetic of a prompt or a picture, the bytes of a generated token.
///
/// A multiplication and an addition count as two operations; only matrix products and attention are counted.
final class Workload {

    private Workload() {}

    /// Bytes of weights that a generated token reads: every matrix of the blocks, and the output matrix.
    static long bytesPerToken(GgufFile text) {
        long bytes = 0;
        for (Tensor tensor : text.tensors().values()) {
            if (isBlockMatrix(tensor, "blk.")) {
                bytes += tensor.data().byteSize();
            }
        }
        return bytes + outputMatrix(text).data().byteSize();
    }

    /// Operations of a prompt whose last row alone goes through the output matrix.
    static double promptOperations(GgufFile text, int tokens) {
        double elements = blockElements(text, "blk.");
        Metadata values = text.metadata();
        String architecture = values.string("general.architecture");
        int layers = values.integer(architecture + ".block_count", 1, 1 << 16);
        int dim = values.integer(architecture + ".embedding_length", 1, 1 << 20);
        int heads = values.integer(architecture + ".attention.head_count", 1, 1 << 16);
        int headDim = values.integer(architecture + ".attention.key_length", dim / heads, 1, 1 << 16);
        double pairs = 0.5 * tokens * (tokens + 1.0);
        return 2 * elements * tokens
                + 4 * pairs * layers * heads * headDim
                + 2.0 * outputMatrix(text).shape().elements();
    }

    /// Operations of encoding one picture of the encoder's own size.
    static double imageOperations(GgufFile mmproj) {
        Metadata values = mmproj.metadata();
        int size = values.integer("clip.vision.image_size", 1, 1 << 16);
        int patch = values.integer("clip.vision.patch_size", 1, size);
        int width = values.integer("clip.vision.embedding_length", 1, 1 << 20);
        int layers = values.integer("clip.vision.block_count", 0, 1 << 16);
        double patches = (double) (size / patch) * (size / patch);
        double rows = patches + (mmproj.tensorOrNull("v.class_embd") == null ? 0 : 1);
        return 2 * rows * blockElements(mmproj, "v.blk.")
                + 4 * rows * rows * width * layers
                + 2 * patches * (3.0 * patch * patch * width + blockElements(mmproj, "mm."));
    }

    /// The storage format that most bytes of the file are in.
    static TensorType format(GgufFile file) {
        Map<TensorType, Long> bytes = new EnumMap<>(TensorType.class);
        for (Tensor tensor : file.tensors().values()) {
            bytes.merge(tensor.type(), tensor.data().byteSize(), Long::sum);
        }
        return bytes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(TensorType.F32);
    }

    private static double blockElements(GgufFile file, String prefix) {
        double elements = 0;
        for (Tensor tensor : file.tensors().values()) {
            if (isBlockMatrix(tensor, prefix)) {
                elements += tensor.shape().elements();
            }
        }
        return elements;
    }

    private static boolean isBlockMatrix(Tensor tensor, String prefix) {
        return tensor.name().startsWith(prefix) && tensor.shape().rank() >= 2;
    }

    private static Tensor outputMatrix(GgufFile text) {
        Tensor output = text.tensorOrNull("output.weight");
        return output == null ? text.tensor("token_embd.weight") : output;
    }
}
