package io.peregrine.model.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The resampler against plain loops over doubles.
class ResamplerTest {

    private static final float EPS = 1e-6f;

    @ParameterizedTest
    @CsvSource({"1, 4, 9, 12, 20, 3, 12", "3, 4, 9, 12, 20, 3, 10", "2, 7, 1, 16, 5, 16, 16", "1, 1, 25, 6, 6, 1, 3"})
    void rowsAreThoseOfTheFormulas(int views, int queries, int places, int dim, int in, int heads, int out) {
        Random random = new Random(views + queries);
        Linear kv = new Linear(Plain.linear(random, dim, in).weight(), null);
        Linear q = Plain.linear(random, dim, dim);
        Linear k = Plain.linear(random, dim, dim);
        Linear v = Plain.linear(random, dim, dim);
        Linear o = Plain.linear(random, dim, dim);
        Linear projection = new Linear(Plain.linear(random, out, dim).weight(), null);
        RowNorm.Layer queryNorm = norm(random, dim);
        RowNorm.Layer kvNorm = norm(random, dim);
        RowNorm.Layer postNorm = norm(random, dim);
        float[][] query = Plain.random(random, queries, dim);
        float[][] queryPlaces = Plain.random(random, queries, dim);
        float[][] keyPlaces = Plain.random(random, places, dim);
        float[][] features = Plain.random(random, views * places, in);

        double[][] asked = Plain.apply(
                q, Plain.add(normed(queryNorm, Plain.doubles(query)), Plain.doubles(queryPlaces)));
        double[][][] expected = new double[views][][];
        for (int view = 0; view < views; view++) {
            double[][] seen = Plain.part(Plain.doubles(features), view * places, places);
            double[][] memory = normed(kvNorm, Plain.apply(kv, seen));
            double[][] mixed = Plain.attention(
                    asked,
                    Plain.apply(k, Plain.add(memory, Plain.doubles(keyPlaces))),
                    Plain.apply(v, memory),
                    heads);
            expected[view] = Plain.apply(projection, normed(postNorm, Plain.apply(o, mixed)));
        }

        Resampler resampler = Resampler.of(
                kv,
                kvNorm,
                Plain.rows(query).toArray(),
                queryNorm,
                Plain.rows(queryPlaces).toArray(),
                new CrossAttention(q, k, v, o, heads),
                PatchPlaces.fixed(Plain.rows(keyPlaces).toArray(), 1, places),
                postNorm,
                projection);
        assertEquals(queries, resampler.count());
        assertEquals(out, resampler.out());
        try (Workers workers = new Workers(2)) {
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            for (int round = 0; round < 2; round++) {
                Rows found = resampler.apply(pass, Plain.rows(features), views, 1, places, new Rows());
                Fixture.assertClose("rows, round " + round, Plain.flat(expected), found.toArray(), 2e-5);
            }
        }
    }

    private static RowNorm.Layer norm(Random random, int dim) {
        float[][] values = Plain.random(random, 2, dim);
        return new RowNorm.Layer(values[0], values[1], EPS);
    }

    private static double[][] normed(RowNorm.Layer norm, double[][] x) {
        double[][] y = new double[x.length][];
        for (int r = 0; r < x.length; r++) {
            double mean = 0;
            for (double value : x[r]) {
                mean += value / x[r].length;
            }
            double variance = 0;
            for (double value : x[r]) {
                variance += (value - mean) * (value - mean) / x[r].length;
            }
            y[r] = new double[x[r].length];
            for (int i = 0; i < y[r].length; i++) {
                y[r][i] = (x[r][i] - mean) / Math.sqrt(variance + EPS) * norm.weight()[i] + norm.bias()[i];
            }
        }
        return y;
    }
}
