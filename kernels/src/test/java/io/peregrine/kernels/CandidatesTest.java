package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.kernels.internal.Candidates;
import io.peregrine.kernels.scalar.ScalarCandidates;
import io.peregrine.kernels.vector.VectorCandidates;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The candidates of the quantisers as vectors against plain loops: the same floats, or files would depend on the
/// machine that made them.
@Tag("width")
class CandidatesTest {

    private static Candidates random(int least, int most, long seed, float size) {
        Random random = new Random(seed);
        Candidates candidates = new Candidates(least, most);
        for (int c = 0; c < Candidates.COUNT; c++) {
            float scale = c == 3 ? 0 : size * (random.nextFloat() - 0.2f) / most;
            candidates.set(c, scale, size * random.nextFloat());
        }
        return candidates;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16, 17, 32, 33, 100})
    void everyLength_sameFloats(int count) {
        for (float size : new float[] {1, 1e-8f, 6e4f}) {
            float[] x = Fills.normal(count + 5, count);
            for (int i = 0; i < x.length; i++) {
                x[i] *= size;
            }
            for (int seed = 0; seed < 20; seed++) {
                Candidates expected = random(seed % 2 == 0 ? 0 : -16, 15, seed, size);
                Candidates found = random(seed % 2 == 0 ? 0 : -16, 15, seed, size);
                ScalarCandidates.sums(x, 5, count, -0.3f * size, expected);
                ScalarCandidates.errors(x, 5, count, expected);
                VectorCandidates.sums(x, 5, count, -0.3f * size, found);
                VectorCandidates.errors(x, 5, count, found);
                assertArrayEquals(expected.sumXq, found.sumXq);
                assertArrayEquals(expected.sumQ, found.sumQ);
                assertArrayEquals(expected.sumQq, found.sumQq);
                assertArrayEquals(expected.error, found.error);
            }
        }
    }

    @Test
    void codes_roundHalfToEvenWithinTheLimits() {
        Candidates candidates = new Candidates(-8, 7);
        float[] quotients = {0.5f, 1.5f, -0.5f, -2.5f, 6.49f, 7.5f, 1e30f, -1e30f, Float.POSITIVE_INFINITY};
        int[] expected = {0, 2, 0, -2, 6, 7, 7, -8, 7};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], candidates.code(quotients[i]), "" + quotients[i]);
        }
    }

    @Test
    void warm_allocatesNothing() {
        float[] x = Fills.normal(32, 1);
        Candidates candidates = random(0, 15, 1, 1);
        Allocations.assertNoneWhenWarm(() -> {
            VectorCandidates.sums(x, 0, 32, -3, candidates);
            VectorCandidates.errors(x, 0, 32, candidates);
        });
    }
}
