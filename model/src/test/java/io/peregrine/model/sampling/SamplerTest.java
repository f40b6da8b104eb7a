package io.peregrine.model.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {

    private static final SamplingOptions PLAIN = new SamplingOptions(1, 0, 1, 0, 1, 0, 0, 0, 7);

    @Test
    void greedy_takesTheBest_andTheSmallestIdOfEquals() {
        Sampler sampler = Sampler.of(SamplingOptions.greedy(), 4);
        assertEquals(1, sampler.sample(new float[] {9, 1, 3, 3, 2}, 1));
        assertEquals(3, sampler.sample(new float[] {-4, -3, -3.5f, -1}, 0));
    }

    @Test
    void draw_followsTheProbabilities() {
        float[] logits = {(float) Math.log(0.1), (float) Math.log(0.2), (float) Math.log(0.7)};
        assertArrayEquals(new double[] {0.1, 0.2, 0.7}, frequencies(PLAIN, logits), 0.01);
    }

    @Test
    void temperature_sharpens() {
        float[] logits = {(float) Math.log(0.2), (float) Math.log(0.4), (float) Math.log(0.4)};
        double[] expected = {1 / 9.0, 4 / 9.0, 4 / 9.0};
        assertArrayEquals(expected, frequencies(PLAIN.withTemperature(0.5f), logits), 0.01);
    }

    @Test
    void topP_keepsTheTokenThatReachesTheSum() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.15), (float) Math.log(0.05)
        };
        double[] expected = {0.625, 0.375, 0, 0};
        assertArrayEquals(expected, frequencies(PLAIN.withTopP(0.7f), logits), 0.01);
        assertArrayEquals(new double[] {1, 0, 0, 0}, frequencies(PLAIN.withTopP(0), logits), 0);
    }

    @Test
    void minP_isRelativeToTheBest() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.15), (float) Math.log(0.05)
        };
        double[] expected = {0.5 / 0.8, 0.3 / 0.8, 0, 0};
        assertArrayEquals(expected, frequencies(PLAIN.withMinP(0.5f), logits), 0.01);
    }

    @Test
    void topK_isAppliedBeforeTopP() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
        // Of the two best, the first has 0.625 of the probability and already reaches 0.6.
        assertArrayEquals(new double[] {1, 0, 0}, frequencies(PLAIN.withTopK(2).withTopP(0.6f), logits), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 40, 999, 1000, 5000})
    void topK_drawsOnlyFromTheBest(int k) {
        Random random = new Random(k);
        float[] logits = new float[1000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.round(random.nextGaussian() * 3); // many ties
        }
        List<Integer> best = new ArrayList<>(IntStream.range(0, 1000).boxed().toList());
        best.sort(Comparator.<Integer>comparingDouble(i -> -logits[i]).thenComparing(Comparator.naturalOrder()));
        List<Integer> allowed = best.subList(0, Math.min(k, 1000));
        Sampler sampler = Sampler.of(PLAIN.withTemperature(5).withTopK(k), 1000);
        for (int i = 0; i < 300; i++) {
            assertTrue(allowed.contains(sampler.sample(logits, 0)));
        }
    }

    @Test
    void penalties_changeRecentTokensOnly() {
        float[] logits = {4, 3, -1};
        Sampler repeat = Sampler.of(SamplingOptions.greedy().withPenalties(2, 0, 0, 8), 3);
        repeat.accept(0);
        assertEquals(1, repeat.sample(logits, 0)); // 4 / 2 < 3
        repeat.accept(1);
        assertEquals(0, repeat.sample(logits, 0)); // 2 > 1.5

        Sampler frequency = Sampler.of(SamplingOptions.greedy().withPenalties(1, 0, 0.4f, 8), 3);
        frequency.accept(0);
        frequency.accept(0);
        assertEquals(0, frequency.sample(logits, 0)); // 3.2
        frequency.accept(0);
        assertEquals(1, frequency.sample(logits, 0)); // 2.8

        Sampler presence = Sampler.of(SamplingOptions.greedy().withPenalties(1, 0.9f, 0, 8), 3);
        presence.accept(0);
        presence.accept(0);
        assertEquals(0, presence.sample(logits, 0)); // 3.1: once, not per occurrence
    }

    @Test
    void penaltyWindow_forgets() {
        float[] logits = {4, 3, -1};
        Sampler sampler = Sampler.of(SamplingOptions.greedy().withPenalties(2, 0, 0, 2), 3);
        sampler.accept(0);
        sampler.accept(2);
        assertEquals(1, sampler.sample(logits, 0));
        sampler.accept(2);
        assertEquals(0, sampler.sample(logits, 0));
    }

    @Test
    void seed_decidesTheDraws() {
        float[] logits = new float[100];
        int[] first = draws(SamplingOptions.defaults().withSeed(3).withMinP(0).withTopP(1), logits);
        assertArrayEquals(first, draws(SamplingOptions.defaults().withSeed(3).withMinP(0).withTopP(1), logits));
        assertTrue(!Arrays.equals(
                first, draws(SamplingOptions.defaults().withSeed(4).withMinP(0).withTopP(1), logits)));
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, 0.5, 'temperature: found NaN, expected a number from 0.0 to 100.0'",
        "-1, 0.5, 'temperature: found -1.0, expected a number from 0.0 to 100.0'",
        "1, 1.5, 'top-p: found 1.5, expected a number from 0.0 to 1.0'"
    })
    void options_outOfRange_nameTheField(float temperature, float topP, String message) {
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> SamplingOptions.defaults().withTemperature(temperature).withTopP(topP));
        assertEquals(message, error.getMessage());
    }

    private static int[] draws(SamplingOptions options, float[] logits) {
        Sampler sampler = Sampler.of(options, logits.length);
        return IntStream.range(0, 50).map(i -> sampler.sample(logits, 0)).toArray();
    }

    private static double[] frequencies(SamplingOptions options, float[] logits) {
        Sampler sampler = Sampler.of(options, logits.length);
        int[] counts = new int[logits.length];
        for (int i = 0; i < 20_000; i++) {
            counts[sampler.sample(logits, 0)]++;
        }
        return IntStream.of(counts).mapToDouble(count -> count / 20_000.0).toArray();
    }
}
