package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyLlama;
import io.peregrine.model.arch.Decoders;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Batches of several sequences, through the `llama` decoder.
class BatchTest {

    private static final int VOCAB = 300;

    private GgufFile file;
    private Workers workers;
    private Decoder decoder;
    private Pass pass;
    private boolean cancelled;

    @BeforeEach
    void load(@TempDir Path folder) {
        file = GgufFile.open(ToyLlama.usual().file(3).write(folder.resolve("toy.gguf")));
        workers = new Workers(2);
        decoder = Decoders.bind(file.metadata(), new Weights(file), VOCAB, "", note -> {});
        pass = new Pass(new Compute(workers, true), () -> cancelled);
    }

    @AfterEach
    void close() {
        workers.close();
        file.close();
    }

    private SequenceState sequence() {
        return decoder.newSequence(64, TensorType.F32);
    }

    private static void add(Batch batch, SequenceState sequence, int... tokens) {
        batch.begin(sequence);
        int position = sequence.length();
        for (int token : tokens) {
            batch.addToken(token, position++);
        }
    }

    private float[] forward(Batch batch, int... wanted) {
        Rows logits = new Rows();
        decoder.forward(pass, batch, wanted, logits);
        return logits.toArray();
    }

    @Test
    void severalSequencesInOnePass_areAsEachAlone() {
        Batch batch = new Batch(1);
        SequenceState first = sequence();
        SequenceState second = sequence();
        add(batch, first, 5, 6, 7, 8);
        float[] expectedFirst = forward(batch, 3);
        batch.clear();
        add(batch, second, 90, 91);
        forward(batch, 1);
        batch.clear();
        add(batch, second, 92);
        float[] expectedSecond = forward(batch, 0);

        SequenceState left = sequence();
        SequenceState right = sequence();
        batch.clear();
        add(batch, left, 5);
        add(batch, right, 90, 91);
        forward(batch);
        assertEquals(1, left.length());
        assertEquals(2, right.length());
        batch.clear();
        add(batch, right, 92);
        add(batch, left, 6, 7, 8);
        float[] together = forward(batch, 0, 3);
        assertEquals(3, right.length());
        assertEquals(4, left.length());
        Fixture.assertClose("second", expectedSecond, Arrays.copyOf(together, VOCAB), 1e-5);
        Fixture.assertClose("first", expectedFirst, Arrays.copyOfRange(together, VOCAB, 2 * VOCAB), 1e-5);
    }

    @Test
    void embeddingRows_areTakenAsTheyAre() {
        Batch batch = new Batch(1);
        add(batch, sequence(), 5, 6, 7);
        float[] expected = forward(batch, 2);
        Rows table = new Rows().shape(2, 32);
        try (GgufFile same = GgufFile.open(file.path())) {
            new Weights(same).matrix("token_embd.weight", VOCAB, 32).row(6, table.data(), 32);
        }
        batch.clear();
        batch.begin(sequence());
        batch.addToken(5, 0);
        batch.addEmbedding(table, 1, 1);
        batch.addToken(7, 2);
        assertArrayEquals(expected, forward(batch, 2));
    }

    @Test
    void cancelledPass_leavesTheSequenceAsItWas() {
        Batch batch = new Batch(1);
        SequenceState sequence = sequence();
        add(batch, sequence, 5, 6, 7);
        forward(batch);
        batch.clear();
        add(batch, sequence, 8, 9);
        cancelled = true;
        assertThrows(CancellationException.class, () -> forward(batch));
        assertEquals(3, sequence.length());
    }

    @Test
    void truncatedSequence_goesOnAsIfTheRestHadNeverBeen() {
        Batch batch = new Batch(1);
        SequenceState sequence = sequence();
        add(batch, sequence, 5, 6);
        forward(batch);
        batch.clear();
        add(batch, sequence, 7);
        float[] expected = forward(batch, 0);
        sequence.truncate(1);
        batch.clear();
        add(batch, sequence, 100, 101, 102);
        forward(batch);
        sequence.truncate(1);
        batch.clear();
        add(batch, sequence, 6);
        forward(batch);
        batch.clear();
        add(batch, sequence, 7);
        Fixture.assertClose("logits", expected, forward(batch, 0), 1e-5);
        assertEquals(
                "length 5 of 3",
                assertThrows(IllegalArgumentException.class, () -> sequence.truncate(5))
                        .getMessage());
    }
}
