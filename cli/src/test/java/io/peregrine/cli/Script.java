package io.peregrine.cli;

import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A text model that answers everything with the same words, for tests of what is done with an answer.
///
/// Its layer adds nothing, so that the next token depends on the last one only; the row of a token in the
/// output matrix is the embedding of the one before it.
final class Script {

    /// The width of the fixtures' vision files.
    private static final int DIM = 64;

    private static final int BYTES = 3;
    private static final int WORDS = BYTES + 256;
    private static final int END = 2;

    private Script() {}

    /// @param after the last byte of every prompt, as the vocabulary spells it
    /// @param words tokens of the answer, no two of them alike; those in angle brackets are control tokens
    static Path write(Path file, char after, String... words) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int i = 0; i < 256; i++) {
            tokens.add(String.format("<0x%02X>", i));
        }
        tokens.addAll(List.of(words));
        int vocab = tokens.size();
        int[] types = new int[vocab];
        Arrays.fill(types, 0, BYTES, 3);
        Arrays.fill(types, BYTES, WORDS, 6);
        for (int i = WORDS; i < vocab; i++) {
            types[i] = tokens.get(i).matches("</?\\w+>") ? 3 : 1;
        }
        types[0] = 2;
        Random random = new Random(1);
        float[] embeddings = new float[vocab * DIM];
        for (int i = 0; i < embeddings.length; i++) {
            embeddings[i] = (float) random.nextGaussian();
        }
        float[] output = new float[vocab * DIM];
        int last = BYTES + after;
        for (int i = 0; i <= words.length; i++) {
            int next = i < words.length ? WORDS + i : END;
            System.arraycopy(embeddings, last * DIM, output, next * DIM, DIM);
            last = next;
        }
        GgufWriter writer = new GgufWriter()
                .string("general.architecture", "llama")
                .uint32("llama.block_count", 1)
                .uint32("llama.context_length", 512)
                .uint32("llama.embedding_length", DIM)
                .uint32("llama.feed_forward_length", 8)
                .uint32("llama.attention.head_count", 1)
                .uint32("llama.attention.head_count_kv", 1)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .string("tokenizer.ggml.model", "llama")
                .strings("tokenizer.ggml.tokens", tokens.toArray(String[]::new))
                .float32s("tokenizer.ggml.scores", new float[vocab])
                .int32s("tokenizer.ggml.token_type", types);
        add(writer, "token_embd", vocab, DIM, embeddings);
        add(writer, "output", vocab, DIM, output);
        for (String norm : new String[] {"output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"}) {
            float[] ones = new float[DIM];
            Arrays.fill(ones, 1);
            add(writer, norm, 0, DIM, ones);
        }
        for (String part : new String[] {"q", "k", "v", "output"}) {
            add(writer, "blk.0.attn_" + part, DIM, DIM, new float[DIM * DIM]);
        }
        add(writer, "blk.0.ffn_gate", 8, DIM, new float[8 * DIM]);
        add(writer, "blk.0.ffn_up", 8, DIM, new float[8 * DIM]);
        add(writer, "blk.0.ffn_down", DIM, 8, new float[8 * DIM]);
        writer.write(file);
        return file;
    }

    private static void add(GgufWriter writer, String name, int rows, int columns, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Shape shape = rows == 0 ? Shape.of(columns) : Shape.of(rows, columns);
        writer.tensor(name + ".weight", TensorType.F32, shape, MemorySegment.ofBuffer(bytes));
    }
}
