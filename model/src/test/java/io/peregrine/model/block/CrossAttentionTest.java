package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Cross-attention against plain loops over doubles.
class CrossAttentionTest {

    private static final int QUERY_DIM = 12;
    private static final int MEMORY_DIM = 20;
    private static final int WIDTH = 24;
    private static final int OUT_DIM = 10;

    private final Workers workers = new Workers(2);
    private final Pass pass = new Pass(new Compute(workers, true), () -> false);
    private final Random random = new Random(7);
    private final Linear q = Plain.linear(random, WIDTH, QUERY_DIM);
    private final Linear k = Plain.linear(random, WIDTH, MEMORY_DIM);
    private final Linear v = Plain.linear(random, WIDTH, MEMORY_DIM);
    private final Linear out = Plain.linear(random, OUT_DIM, WIDTH);

    @AfterEach
    void close() {
        workers.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 5, 7, 4", "3, 5, 7, 4", "2, 1, 1, 1", "1, 17, 40, 24", "2, 33, 3, 2"})
    void everyViewSeesItsOwnMemory(int views, int queries, int keys, int heads) {
        float[][] x = Plain.random(random, views * queries, QUERY_DIM);
        float[][] memory = Plain.random(random, views * keys, MEMORY_DIM);
        double[][][] expected = new double[views][][];
        for (int view = 0; view < views; view++) {
            double[][] asked = Plain.part(Plain.doubles(x), view * queries, queries);
            double[][] seen = Plain.part(Plain.doubles(memory), view * keys, keys);
            expected[view] = attended(asked, seen, seen, heads);
        }
        CrossAttention layer = new CrossAttention(q, k, v, out, heads);
        Rows y = layer.apply(pass, Plain.rows(x), Plain.rows(memory), views, new Rows());
        assertEquals(OUT_DIM, y.width());
        Fixture.assertClose("rows", Plain.flat(expected), y.toArray(), 1e-5);
    }

    /// The same queries for every view; keys know their places, values do not.
    @ParameterizedTest
    @CsvSource({"1, 5, 7, 4", "3, 5, 7, 4", "2, 1, 1, 1", "2, 33, 3, 2"})
    void projectedQueries_standForEveryView(int views, int queries, int keys, int heads) {
        float[][] x = Plain.random(random, queries, QUERY_DIM);
        float[][] memory = Plain.random(random, views * keys, MEMORY_DIM);
        float[][] places = Plain.random(random, keys, MEMORY_DIM);
        double[][][] expected = new double[views][][];
        for (int view = 0; view < views; view++) {
            double[][] seen = Plain.part(Plain.doubles(memory), view * keys, keys);
            expected[view] = attended(Plain.doubles(x), Plain.add(seen, Plain.doubles(places)), seen, heads);
        }
        Rows projected = q.apply(pass, Plain.rows(x), new Rows());
        Rows y = new CrossAttention(q, k, v, out, heads)
                .applyProjected(
                        pass, projected, Plain.rows(memory), Plain.rows(places).toArray(), views, new Rows());
        Fixture.assertClose("rows", Plain.flat(expected), y.toArray(), 1e-5);
    }

    private double[][] attended(double[][] asked, double[][] keys, double[][] values, int heads) {
        return Plain.apply(
                out,
                Plain.attention(Plain.apply(q, asked), Plain.apply(k, keys), Plain.apply(v, values), heads));
    }

    @Test
    void widthsThatDoNotFit_areErrors() {
        assertEquals(
                "queries of width 24, keys [24, 20], values [24, 20], output from 12",
                assertThrows(IllegalArgumentException.class, () -> new CrossAttention(q, k, v, q, 4))
                        .getMessage());
        assertEquals(
                "5 heads of a width of 24",
                assertThrows(IllegalArgumentException.class, () -> new CrossAttention(q, k, v, out, 5))
                        .getMessage());
    }

    @Test
    void rowsThatDoNotFit_areErrors() {
        Rows x = Plain.rows(Plain.random(random, 6, QUERY_DIM));
        Rows memory = Plain.rows(Plain.random(random, 9, MEMORY_DIM));
        CrossAttention layer = new CrossAttention(q, k, v, out, 4);
        float[] places = new float[2 * MEMORY_DIM];
        assertEquals(
                "9 rows for 2 views",
                assertThrows(IllegalArgumentException.class, () -> layer.apply(pass, x, memory, 2, new Rows()))
                        .getMessage());
        assertEquals(
                "3 rows of memory for each view, and places for 2",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> layer.applyProjected(
                                        pass, q.apply(pass, x, new Rows()), memory, places, 3, new Rows()))
                        .getMessage());
    }
}
