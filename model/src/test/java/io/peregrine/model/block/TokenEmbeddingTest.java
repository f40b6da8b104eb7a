package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenEmbeddingTest {

    @Test
    void rowsOfTokensAndOfPictures_haveFactorsOfTheirOwn() {
        TokenEmbedding embedding = new TokenEmbedding(Plain.linear(new Random(1), 5, 4).weight());
        float[] token = new float[4];
        embedding.table().row(3, token, 0);
        Batch batch = new Batch(1);
        batch.begin(new SequenceState(List.of(), 8));
        batch.addToken(3, 0);
        batch.addEmbedding(Plain.rows(new float[][] {{1, 2, 3, 4}}), 0, 1);
        try (Workers alone = new Workers(1)) {
            Pass pass = new Pass(new Compute(alone, true), () -> false);
            Rows x = embedding.apply(pass, batch, 2, 12, new Rows());
            assertArrayEquals(
                    new float[] {2 * token[0], 2 * token[1], 2 * token[2], 2 * token[3], 12, 24, 36, 48}, x.toArray());
            assertArrayEquals(
                    new float[] {token[0], token[1], token[2], token[3], 1, 2, 3, 4},
                    embedding.apply(pass, batch, 1, 1, new Rows()).toArray());
        }
    }
}
