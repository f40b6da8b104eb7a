package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.kernels.Activation;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers of BERT and the Q-Former that is made of them, against plain loops over doubles.
class PostNormBlockTest {

    private static final int DIM = 12;
    private static final int MEMORY_DIM = 20;
    private static final int HEADS = 3;
    private static final int KEYS = 7;
    private static final int QUERIES = 5;
    private static final int VIEWS = 2;

    private final Workers workers = new Workers(2);
    private final Pass pass = new Pass(new Compute(workers, true), () -> false);
    private final Random random = new Random(11);
    private final float[][] memory = Plain.random(random, VIEWS * KEYS, MEMORY_DIM);

    @AfterEach
    void close() {
        workers.close();
    }

    private CrossAttention attention(int memoryDim) {
        return new CrossAttention(
                Plain.linear(random, DIM, DIM),
                Plain.linear(random, DIM, memoryDim),
                Plain.linear(random, DIM, memoryDim),
                Plain.linear(random, DIM, DIM),
                HEADS);
    }

    private RowNorm.Layer norm() {
        return new RowNorm.Layer(Plain.random(random, 1, DIM)[0], Plain.random(random, 1, DIM)[0], 1e-3f);
    }

    private PostNormBlock block(boolean crosses) {
        return new PostNormBlock(
                attention(DIM),
                norm(),
                crosses ? new PostNormBlock.Crossing(attention(MEMORY_DIM), norm()) : null,
                new Mlp(
                        null, Plain.linear(random, 18, DIM), Plain.linear(random, DIM, 18), Activation.GELU_ERF),
                norm());
    }

    private static double[][] attended(CrossAttention layer, double[][] x, double[][] seen) {
        return Plain.apply(
                layer.out(),
                Plain.attention(
                        Plain.apply(layer.q(), x), Plain.apply(layer.k(), seen), Plain.apply(layer.v(), seen), HEADS));
    }

    private static double[][] expected(PostNormBlock block, double[][] x, double[][] seen) {
        double[][] y = Plain.layerNorm(block.selfNorm(), Plain.add(x, attended(block.self(), x, x)));
        PostNormBlock.Crossing crossing = block.crossing();
        if (crossing != null) {
            y = Plain.layerNorm(crossing.norm(), Plain.add(y, attended(crossing.attention(), y, seen)));
        }
        double[][] inner = Plain.map(Plain.apply(block.mlp().up(), y), Plain::geluErf);
        return Plain.layerNorm(block.mlpNorm(), Plain.add(y, Plain.apply(block.mlp().down(), inner)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void block_normalisesBehindEachPart(boolean crosses) {
        PostNormBlock block = block(crosses);
        float[][] x = Plain.random(random, VIEWS * QUERIES, DIM);
        double[][][] expected = new double[VIEWS][][];
        for (int view = 0; view < VIEWS; view++) {
            expected[view] = expected(
                    block,
                    Plain.part(Plain.doubles(x), view * QUERIES, QUERIES),
                    Plain.part(Plain.doubles(memory), view * KEYS, KEYS));
        }
        Rows rows = Plain.rows(x);
        block.apply(pass, rows, Plain.rows(memory), VIEWS, 0);
        Fixture.assertClose("rows", Plain.flat(expected), rows.toArray(), 1e-5);
    }

    @Test
    void qformer_startsFromTheSameQueriesForEveryView() {
        float[][] queries = Plain.random(random, QUERIES, DIM);
        List<PostNormBlock> layers = List.of(block(true), block(false), block(true));
        QFormer qformer = new QFormer(Plain.rows(queries).toArray(), layers);
        double[][][] expected = new double[VIEWS][][];
        for (int view = 0; view < VIEWS; view++) {
            double[][] x = Plain.doubles(queries);
            for (PostNormBlock layer : layers) {
                x = expected(layer, x, Plain.part(Plain.doubles(memory), view * KEYS, KEYS));
            }
            expected[view] = x;
        }
        Rows out = qformer.apply(pass, Plain.rows(memory), VIEWS, new Rows());
        assertEquals(VIEWS * QUERIES, out.rows());
        Fixture.assertClose("rows", Plain.flat(expected), out.toArray(), 2e-5);
        Rows again = qformer.apply(pass, Plain.rows(memory), VIEWS, new Rows());
        Fixture.assertClose("a second time", out.toArray(), again.toArray(), 0);
    }
}
