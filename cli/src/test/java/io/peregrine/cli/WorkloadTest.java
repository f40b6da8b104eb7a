package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.ImageCost;
import io.peregrine.model.image.Size;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Operations and bytes, counted by hand for files of a few weights.
class WorkloadTest {

    private static final int DIM = 64;
    private static final int FFN = 96;
    private static final int VOCAB = 10;
    private static final int LAYERS = 2;

    @TempDir
    Path folder;

    /// Elements of the matrices of a block: query and output with 4 heads of 16, key and value with 2.
    private static final int BLOCK = 2 * 64 * 64 + 2 * 32 * 64 + 3 * DIM * FFN;

    private GgufFile text(boolean tied) {
        GgufWriter writer = new GgufWriter()
                .string("general.architecture", "llama")
                .uint32("llama.block_count", LAYERS)
                .uint32("llama.embedding_length", DIM)
                .uint32("llama.attention.head_count", 4)
                .uint32("llama.attention.head_count_kv", 2)
                .uint32("llama.attention.key_length", 16)
                .uint32("llama.attention.value_length", 16);
        tensor(writer, "token_embd.weight", TensorType.F16, VOCAB, DIM);
        tensor(writer, "output_norm.weight", TensorType.F32, DIM);
        if (!tied) {
            tensor(writer, "output.weight", TensorType.F32, VOCAB, DIM);
        }
        for (int i = 0; i < LAYERS; i++) {
            String name = "blk." + i + ".";
            tensor(writer, name + "attn_norm.weight", TensorType.F32, DIM);
            tensor(writer, name + "attn_q.weight", TensorType.Q8_0, 64, DIM);
            tensor(writer, name + "attn_k.weight", TensorType.Q8_0, 32, DIM);
            tensor(writer, name + "attn_v.weight", TensorType.Q8_0, 32, DIM);
            tensor(writer, name + "attn_output.weight", TensorType.Q8_0, DIM, 64);
            tensor(writer, name + "ffn_norm.weight", TensorType.F32, DIM);
            tensor(writer, name + "ffn_gate.weight", TensorType.Q8_0, FFN, DIM);
            tensor(writer, name + "ffn_up.weight", TensorType.Q8_0, FFN, DIM);
            tensor(writer, name + "ffn_down.weight", TensorType.Q8_0, DIM, FFN);
        }
        return write(writer, "text.gguf");
    }

    private static void tensor(GgufWriter writer, String name, TensorType type, long... dims) {
        Shape shape = Shape.of(dims);
        writer.tensor(
                name,
                type,
                shape,
                MemorySegment.ofArray(new byte[(int) (shape.rows() * type.rowBytes(shape.columns()))]));
    }

    private GgufFile write(GgufWriter writer, String name) {
        Path path = folder.resolve(name);
        writer.write(path);
        return GgufFile.open(path);
    }

    @Test
    void aTokenReadsEveryWeightOnce_oneRowOfTheTokenTable_andItsContext() {
        double blocks = LAYERS * (BLOCK / 32.0 * 34 + 2 * DIM * 4);
        double norm = DIM * 4;
        // Keys and values of 2 heads of 16 in 2 layers, two bytes each.
        double perPosition = 2 * 2 * 16 * LAYERS * 2;
        try (GgufFile file = text(false)) {
            double weights = blocks + norm + VOCAB * DIM * 4 + DIM * 2;
            assertEquals(weights + perPosition, Workload.bytesPerToken(file, 0, 1));
            // The tokens see 101, 102 and 103 positions.
            assertEquals(weights + 102 * perPosition, Workload.bytesPerToken(file, 100, 3));
        }
        try (GgufFile file = text(true)) {
            double weights = blocks + norm + VOCAB * DIM * 2;
            assertEquals(weights + perPosition, Workload.bytesPerToken(file, 0, 1));
        }
    }

    @Test
    void aPromptMultipliesEachRowByTheBlocks_theLastByTheOutput_andAttendsToWhatIsBefore() {
        double output = 2 * VOCAB * DIM;
        // Two products over 64 elements for each of 1 + 2 + 3 pairs in 2 layers.
        double attention = 2 * 2 * 64 * (1 + 2 + 3) * LAYERS;
        for (boolean tied : new boolean[] {false, true}) {
            try (GgufFile file = text(tied)) {
                assertEquals(3 * 2 * LAYERS * BLOCK + attention + output, Workload.promptOperations(file, 3));
            }
        }
    }

    @Test
    void aPictureIsEncodedByTheBlocksThatAreRun() {
        GgufWriter writer = new GgufWriter()
                .string("general.architecture", "clip")
                .uint32("clip.vision.image_size", 8)
                .uint32("clip.vision.patch_size", 4)
                .uint32("clip.vision.embedding_length", 32)
                .uint32("clip.vision.block_count", 3);
        tensor(writer, "v.class_embd", TensorType.F32, 32);
        tensor(writer, "v.patch_embd.weight", TensorType.F16, 32, 3, 4, 4);
        tensor(writer, "v.position_embd.weight", TensorType.F32, 5, 32);
        for (int i = 0; i < 3; i++) {
            tensor(writer, "v.blk." + i + ".ffn_up.weight", TensorType.F16, 64, 32);
            tensor(writer, "v.blk." + i + ".ffn_up.bias", TensorType.F32, 64);
        }
        tensor(writer, "mm.0.weight", TensorType.F16, 48, 32);
        try (GgufFile file = write(writer, "vision.gguf")) {
            double products = 2 * 2 * 5 * 64 * 32;
            double attention = 2 * 2 * 2 * 5 * 5 * 32;
            double patches = 2 * 4 * (3 * 4 * 4 * 32 + 48 * 32);
            ImageCost cost = new ImageCost(4, List.of(new Size(8, 8)));
            assertEquals(products + attention + patches, Workload.imageOperations(file, cost, 2));
            ImageCost twice = new ImageCost(8, List.of(new Size(8, 8), new Size(8, 8)));
            assertEquals(2 * (products + attention + patches), Workload.imageOperations(file, twice, 2));
        }
    }

    @Test
    void mixesGoByTheirNames_ifMostOfTheFileIsTheirType() {
        assertEquals("Q4_K_M", format(TensorType.Q4_K, 15));
        assertEquals("Q5_K_S", format(TensorType.Q5_K, 16));
        assertEquals("Q6_K", format(TensorType.Q6_K, 18));
        assertEquals("Q8_0", format(TensorType.Q8_0, 15));
        assertEquals("F16", format(TensorType.F16, 1));
    }

    private String format(TensorType type, int fileType) {
        GgufWriter writer = new GgufWriter().uint32("general.file_type", fileType);
        tensor(writer, "large", type, 4, 256);
        tensor(writer, "small", TensorType.F32, 8);
        try (GgufFile file = write(writer, type + ".gguf")) {
            return Workload.format(file);
        }
    }
}
