package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.tensor.TensorType;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("facade")
class AttentionTest {

    /// Which positions a row sees.
    enum Mask {
        /// All before it, and itself.
        CAUSAL,
        /// The last few before it, and itself.
        WINDOW,
        /// All.
        EVERYTHING,
        /// Any run of positions.
        ANY;

        void fill(int[] from, int[] to, int positions) {
            int rows = from.length;
            SplittableRandom random = new SplittableRandom(rows);
            for (int r = 0; r < rows; r++) {
                to[r] = this == CAUSAL || this == WINDOW ? positions - rows + r + 1 : positions;
                from[r] = this == WINDOW ? Math.max(0, to[r] - 20) : 0;
                if (this == ANY) {
                    from[r] = random.nextInt(positions);
                    to[r] = random.nextInt(from[r], positions) + 1;
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 1, 4, 4, 64, 1",
        "F16, 1, 8, 2, 64, 127",
        "F32, 1, 7, 1, 13, 128",
        "F16, 1, 3, 3, 72, 129",
        "F32, 1, 12, 2, 80, 300",
        "F16, 1, 4, 1, 128, 1024",
        "F16, 1, 8, 2, 64, 2500",
        "F32, 1, 5, 1, 96, 1030",
        "F32, 1, 20, 1, 256, 200",
        "F16, 3, 2, 2, 104, 1500",
        "F32, 2, 2, 1, 1, 40",
        "F32, 7, 6, 3, 64, 7",
        "F16, 16, 8, 2, 64, 16",
        "F32, 17, 2, 2, 13, 140",
        "F16, 33, 4, 4, 80, 33",
        "F32, 65, 4, 2, 72, 300",
        "F16, 130, 3, 1, 128, 131",
        "F32, 40, 2, 2, 2, 1100",
        "F16, 300, 2, 1, 96, 400",
        "F32, 35, 14, 2, 256, 60",
        "F32, 64, 1, 1, 104, 515"
    })
    void cached_everyShapeAndMask_isCloseToTheDefinition(
            TensorType type, int rows, int heads, int kvHeads, int headDim, int positions) {
        Problem p = new Problem(type, rows, heads, kvHeads, headDim, positions, 1);
        try (Workers workers = new Workers(3)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = p.cache(compute);
            for (Mask mask : Mask.values()) {
                mask.fill(p.from, p.to, positions);
                p.assertClose(p.cached(compute, cache), 3e-6, mask.toString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, 2, 64, 1", "3, 2, 1, 13, 5", "16, 2, 2, 64, 16", "50, 3, 3, 72, 50", "64, 4, 2, 64, 200", "577, 2, 2, 64, 577",
        "129, 2, 1, 80, 128", "100, 1, 1, 128, 257", "8, 16, 1, 96, 384"
    })
    void full_everyShape_isCloseToTheDefinition(int rows, int heads, int kvHeads, int headDim, int keys) {
        Problem p = new Problem(TensorType.F32, rows, heads, kvHeads, headDim, keys, 1);
        Arrays.fill(p.to, keys);
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            p.assertClose(p.full(compute), 3e-6, "full");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 2, 64, 1", "7, 2, 1, 13, 7", "50, 3, 3, 72, 50", "77, 4, 2, 64, 200", "300, 2, 1, 80, 300"})
    void masked_everyShapeAndMask_isCloseToTheDefinition(int rows, int heads, int kvHeads, int headDim, int keys) {
        Problem p = new Problem(TensorType.F32, rows, heads, kvHeads, headDim, keys, 1);
        try (Workers workers = new Workers(3)) {
            Compute compute = new Compute(workers, false);
            for (Mask mask : Mask.values()) {
                mask.fill(p.from, p.to, keys);
                p.assertClose(p.masked(compute), 3e-6, mask.toString());
            }
        }
    }

    /// Two sequences side by side, each of which sees itself alone: the same as one after the other.
    @Test
    void masked_sequencesSideBySide_doNotSeeEachOther() {
        Problem p = new Problem(TensorType.F32, 40, 2, 2, 24, 40, 1);
        Mask.CAUSAL.fill(p.from, p.to, 40);
        Arrays.fill(p.from, 15, 40, 15);
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            float[] together = p.masked(compute);
            Arrays.fill(p.k, 0, 15 * 48, 1e3f);
            Arrays.fill(p.v, 0, 15 * 48, 1e3f);
            float[] changed = p.masked(compute);
            int from = p.outOffset + 15 * p.outStride;
            assertArrayEquals(
                    Arrays.copyOfRange(together, from, together.length),
                    Arrays.copyOfRange(changed, from, changed.length));
        }
    }

    @Test
    void masked_rowThatSeesNothing_isRefused() {
        Problem p = new Problem(TensorType.F32, 4, 2, 2, 24, 4, 1);
        Mask.CAUSAL.fill(p.from, p.to, 4);
        p.to[2] = 5;
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> p.masked(compute));
            assertEquals("row 2 sees positions 0 to 5, expected at least one of the 4 stored", e.getMessage());
        }
    }

    /// Queries, keys and values side by side in one array, the result in the place of the queries: as vision towers
    /// with a fused projection call it.
    @Test
    void full_outIsQueryOfAFusedArray() {
        int rows = 70;
        int heads = 2;
        int headDim = 24;
        int dim = heads * headDim;
        Problem p = new Problem(TensorType.F32, rows, heads, heads, headDim, rows, 1);
        Arrays.fill(p.to, rows);
        float[] fused = new float[rows * 3 * dim];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(p.q, p.qOffset + r * p.qStride, fused, r * 3 * dim, dim);
            System.arraycopy(p.k, r * dim, fused, r * 3 * dim + dim, dim);
            System.arraycopy(p.v, r * dim, fused, r * 3 * dim + 2 * dim, dim);
        }
        float[] before = fused.clone();
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            int s = 3 * dim;
            Attention.full(
                    compute, p.scale, heads, heads, headDim, fused, 0, s, rows, fused, dim, s, fused, 2 * dim, s, rows, fused, 0,
                    s);
            float[] expected = p.full(compute);
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < 3 * dim; i++) {
                    float e = i < dim ? expected[p.outOffset + r * p.outStride + i] : before[r * s + i];
                    assertEquals(e, fused[r * s + i]);
                }
            }
        }
    }

    @Test
    void cached_outIsQuery() {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            for (int rows : new int[] {1, 40}) {
                Problem p = new Problem(TensorType.F16, rows, 4, 2, 64, 200, 1);
                Mask.CAUSAL.fill(p.from, p.to, 200);
                KvCache cache = p.cache(compute);
                float[] expected = p.cached(compute, cache);
                Attention.cached(
                        compute, cache, p.scale, p.q, p.qOffset, p.qStride, rows, 4, p.from, p.to, p.q, p.qOffset,
                        p.qStride);
                for (int r = 0; r < rows; r++) {
                    for (int i = 0; i < 256; i++) {
                        assertEquals(expected[p.outOffset + r * p.outStride + i], p.q[p.qOffset + r * p.qStride + i]);
                    }
                }
            }
        }
    }

    /// Scores of up to 1e4 and more: one weight is 1, all others vanish, and nothing overflows on the way.
    @ParameterizedTest
    @CsvSource({"1", "60"})
    void cached_largeScores_pickOneValue(int rows) {
        Problem p = new Problem(TensorType.F32, rows, 2, 1, 64, 300, 1);
        Mask.CAUSAL.fill(p.from, p.to, 300);
        for (float[] x : new float[][] {p.q, p.k}) {
            for (int i = 0; i < x.length; i++) {
                x[i] *= 100;
            }
        }
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            // A score of 1e4 is off by its own rounding, which is what weights are then off by.
            p.assertClose(p.cached(compute, p.cache(compute)), 1e-2, "large scores");
            Arrays.fill(p.k, -1e4f);
            p.assertClose(p.cached(compute, p.cache(compute)), 1e-5, "equal scores");
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 60", "F16, 1", "F16, 60"})
    void cached_notFinite_isSeenNotHidden(TensorType type, int rows) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                Problem p = new Problem(type, rows, 2, 2, 64, 300, 1);
                Mask.CAUSAL.fill(p.from, p.to, 300);
                p.k[17 * 128 + 3] = bad;
                float[] out = p.cached(compute, p.cache(compute));
                assertTrue(Float.isNaN(out[p.outOffset]) || bad > 0 && out[p.outOffset] != 0);
                assertTrue(Float.isNaN(out[p.outOffset + (rows - 1) * p.outStride]) || bad > 0);
                assertEquals(false, Float.isNaN(out[p.outOffset + 64]), "the other head does not see it");
            }
        }
    }

    /// Pages of F16 keep numbers in another way once they are large: here the first page begins small, the second is
    /// small, the third is not.
    @ParameterizedTest
    @CsvSource({"1, 4, 1", "2, 3, 3", "50, 2, 2"})
    void cached_halvesOfAnySize_areWhatTheyAre(int rows, int heads, int kvHeads) {
        Problem p = new Problem(TensorType.F16, rows, heads, kvHeads, 64, 300, 1);
        Mask.EVERYTHING.fill(p.from, p.to, 300);
        int dim = kvHeads * 64;
        for (int i = 0; i < dim; i++) {
            p.k[3 * dim + i] *= 0x1p-20f;
            p.v[3 * dim + i] *= 0x1p-23f;
            p.v[90 * dim + i] = 300;
            p.v[200 * dim + i] *= 0x1p-14f;
            p.k[270 * dim + i] = i % 2 == 0 ? 3000 : -3000;
        }
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            p.assertClose(p.cached(compute, p.cache(compute)), 1e-3, "large numbers");
            for (int i = 0; i < dim; i++) {
                p.k[270 * dim + i] = 0;
                p.v[90 * dim + i] = 0;
            }
            p.assertClose(p.cached(compute, p.cache(compute)), 3e-6, "small numbers");
            for (int i = 0; i < p.q.length; i++) {
                p.q[i] *= 0x1p30f;
            }
            p.assertClose(p.cached(compute, p.cache(compute)), 3e-6, "large queries");
        }
    }

    /// What was stored behind the positions that a call sees has no influence, not even NaN.
    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 40", "F16, 1", "F16, 40"})
    void cached_forgottenPositions_haveNoInfluence(TensorType type, int rows) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            Problem p = new Problem(type, rows, 2, 1, 72, 150, 1);
            Mask.CAUSAL.fill(p.from, p.to, 150);
            KvCache cache = new KvCache(type, 1, 72, 300);
            float[] nan = new float[250 * 72];
            Arrays.fill(nan, Float.NaN);
            cache.store(compute, 0, 250, nan, 0, 72, nan, 0, 72);
            cache.truncate(140);
            cache.store(compute, 0, 150, p.k, 0, 72, p.v, 0, 72);
            p.assertClose(p.cached(compute, cache), 3e-6, "after truncate");
        }
    }

    /// A window sees the same numbers whether what is in front of it is still held or not.
    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 40", "F16, 1", "F16, 40", "F16, 3"})
    void cached_frontForgotten_sameBits(TensorType type, int rows) {
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            Problem p = new Problem(type, rows, 4, 2, 72, 1700, 1);
            Mask.WINDOW.fill(p.from, p.to, 1700);
            KvCache cache = p.cache(compute);
            float[] expected = p.cached(compute, cache);
            cache.forget(p.from[0]);
            assertEquals(p.from[0] / KvCache.PAGE * KvCache.PAGE, cache.first());
            assertArrayEquals(expected, p.cached(compute, cache));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16"})
    void cached_anyThreadsAndWarmth_sameBits(TensorType type) {
        for (int rows : new int[] {1, 3, 70}) {
            Problem p = new Problem(type, rows, 6, 2, 64, 1300, 1);
            Mask.CAUSAL.fill(p.from, p.to, 1300);
            float[] expected = {};
            for (int threads : new int[] {1, 2, 5}) {
                try (Workers workers = new Workers(threads)) {
                    Compute compute = new Compute(workers, false);
                    KvCache cache = p.cache(compute);
                    for (int repeat = 0; repeat < (rows == 1 ? 20 : 2); repeat++) {
                        float[] out = p.cached(compute, cache);
                        expected = expected.length == 0 ? out : expected;
                        assertArrayEquals(expected, out);
                    }
                }
            }
        }
    }

    @Test
    void full_anyThreads_sameBits() {
        Problem p = new Problem(TensorType.F32, 300, 3, 3, 64, 300, 1);
        Arrays.fill(p.to, 300);
        float[] expected = {};
        for (int threads = 1; threads < 6; threads++) {
            try (Workers workers = new Workers(threads)) {
                float[] out = p.full(new Compute(workers, false));
                expected = expected.length == 0 ? out : expected;
                assertArrayEquals(expected, out);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 1, 4", "F16, 1, 4", "F16, 1, 5", "F32, 20, 4", "F16, 20, 4"})
    void cached_warm_allocatesNothing(TensorType type, int rows, int heads) {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            Problem p = new Problem(type, rows, heads, 1, 40, 150, 1);
            Mask.CAUSAL.fill(p.from, p.to, 150);
            KvCache cache = p.cache(compute);
            Allocations.assertNoneWhenWarm(() -> {
                cache.store(compute, 150 - rows, rows, p.k, 0, 40, p.v, 0, 40);
                p.cached(compute, cache, p.q);
            });
        }
    }

    @Test
    void full_warm_allocatesNothing() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            Problem p = new Problem(TensorType.F32, 20, 2, 2, 40, 150, 1);
            Allocations.assertNoneWhenWarm(() -> p.full(compute, p.q));
        }
    }

    @Test
    void cached_wrongArguments_saysWhatIsWrong() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            Problem p = new Problem(TensorType.F32, 2, 3, 1, 8, 5, 1);
            KvCache cache = p.cache(compute);
            Mask.CAUSAL.fill(p.from, p.to, 5);
            p.to[1] = 6;
            assertMessage(
                    "row 1 sees positions 0 to 6, expected at least one of the 5 stored",
                    () -> p.cached(compute, cache));
            p.to[1] = 5;
            p.from[0] = 4;
            assertMessage(
                    "row 0 sees positions 4 to 4, expected at least one of the 5 stored",
                    () -> p.cached(compute, cache));
            p.from[0] = -1;
            assertMessage(
                    "row 0 sees positions -1 to 4, expected at least one of the 5 stored",
                    () -> p.cached(compute, cache));
            p.from[0] = 0;
            KvCache two = new KvCache(TensorType.F32, 2, 8, 5);
            assertMessage(
                    "3 query heads, expected a multiple of the 2 heads of keys and values",
                    () -> p.cached(compute, two));
            assertMessage(
                    "from: 2 elements from 0, the array has 1",
                    () -> Attention.cached(
                            compute, cache, 1, p.q, 0, 24, 2, 3, new int[1], p.to, new float[48], 0, 24));
            assertMessage(
                    "q: 2 rows of 24 elements, 24 apart from 0, end at 48, the array has 47",
                    () -> Attention.cached(
                            compute, cache, 1, new float[47], 0, 24, 2, 3, p.from, p.to, new float[48], 0, 24));
            assertMessage(
                    "keys is 0, expected a positive number",
                    () -> Attention.full(
                            compute, 1, 3, 1, 8, p.q, 0, 24, 2, p.k, 0, 8, p.v, 0, 8, 0, new float[48], 0, 24));
            assertMessage(
                    "v: 5 rows of 8 elements, 8 apart from 1, end at 41, the array has 40",
                    () -> Attention.full(
                            compute, 1, 3, 1, 8, p.q, 0, 24, 2, p.k, 0, 8, p.v, 1, 8, 5, new float[48], 0, 24));
        }
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    /// Random queries, keys and values, and the definition of what comes out.
    private static final class Problem {

        final TensorType type;
        final int rows;
        final int heads;
        final int kvHeads;
        final int headDim;
        final int positions;
        final float scale;
        final int qOffset = 3;
        final int qStride;
        final int outOffset = 2;
        final int outStride;
        final float[] q;
        final float[] k;
        final float[] v;
        final int[] from;
        final int[] to;

        Problem(TensorType type, int rows, int heads, int kvHeads, int headDim, int positions, long seed) {
            this.type = type;
            this.rows = rows;
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headDim = headDim;
            this.positions = positions;
            this.scale = (float) (1 / Math.sqrt(headDim));
            this.qStride = heads * headDim + 5;
            this.outStride = heads * headDim + 1;
            this.q = Fills.normal(qOffset + rows * qStride, seed);
            this.k = Fills.normal(positions * kvHeads * headDim, seed + 1);
            this.v = Fills.normal(positions * kvHeads * headDim, seed + 2);
            this.from = new int[rows];
            this.to = new int[rows];
        }

        KvCache cache(Compute compute) {
            int dim = kvHeads * headDim;
            KvCache cache = new KvCache(type, kvHeads, headDim, positions);
            int first = positions / 3;
            cache.store(compute, 0, first, k, 0, dim, v, 0, dim);
            cache.store(compute, first, positions - first, k, first * dim, dim, v, first * dim, dim);
            return cache;
        }

        float[] cached(Compute compute, KvCache cache) {
            float[] out = Fills.guarded(outOffset + rows * outStride, 0, 0, 0);
            Attention.cached(
                    compute, cache, scale, q, qOffset, qStride, rows, heads, from, to, out, outOffset, outStride);
            return out;
        }

        void cached(Compute compute, KvCache cache, float[] out) {
            Attention.cached(
                    compute, cache, scale, q, qOffset, qStride, rows, heads, from, to, out, qOffset, qStride);
        }

        float[] masked(Compute compute) {
            float[] out = Fills.guarded(outOffset + rows * outStride, 0, 0, 0);
            int dim = kvHeads * headDim;
            Attention.masked(
                    compute, scale, heads, kvHeads, headDim, q, qOffset, qStride, rows, k, 0, dim, v, 0, dim, positions, from,
                    to, out, outOffset, outStride);
            return out;
        }

        float[] full(Compute compute) {
            float[] out = Fills.guarded(outOffset + rows * outStride, 0, 0, 0);
            int dim = kvHeads * headDim;
            Attention.full(
                    compute, scale, heads, kvHeads, headDim, q, qOffset, qStride, rows, k, 0, dim, v, 0, dim, positions, out,
                    outOffset, outStride);
            return out;
        }

        void full(Compute compute, float[] out) {
            int dim = kvHeads * headDim;
            Attention.full(
                    compute, scale, heads, kvHeads, headDim, q, qOffset, qStride, rows, k, 0, dim, v, 0, dim, positions, out,
                    qOffset, qStride);
        }

        void assertClose(float[] out, double tolerance, String what) {
            double[] expected = new double[headDim];
            for (int i = 0; i < outOffset; i++) {
                assertEquals(Fills.GUARD, out[i]);
            }
            for (int r = 0; r < rows; r++) {
                for (int h = 0; h < heads; h++) {
                    definition(r, h, expected);
                    for (int i = 0; i < headDim; i++) {
                        int row = r;
                        assertEquals(
                                expected[i],
                                out[outOffset + r * outStride + h * headDim + i],
                                tolerance,
                                () -> what + ", row " + row);
                    }
                }
                assertEquals(Fills.GUARD, out[outOffset + r * outStride + heads * headDim]);
            }
        }

        private void definition(int r, int h, double[] expected) {
            int kvHead = h / (heads / kvHeads);
            double[] scores = new double[positions];
            double max = Double.NEGATIVE_INFINITY;
            for (int p = from[r]; p < to[r]; p++) {
                for (int i = 0; i < headDim; i++) {
                    scores[p] += (double) q[qOffset + r * qStride + h * headDim + i] * stored(k, p, kvHead, i);
                }
                scores[p] *= scale;
                max = Math.max(max, scores[p]);
            }
            double sum = 0;
            Arrays.fill(expected, 0);
            for (int p = from[r]; p < to[r]; p++) {
                double weight = Math.exp(scores[p] - max);
                sum += weight;
                for (int i = 0; i < headDim; i++) {
                    expected[i] += weight * stored(v, p, kvHead, i);
                }
            }
            for (int i = 0; i < headDim; i++) {
                expected[i] /= sum;
            }
        }

        private float stored(float[] x, int p, int kvHead, int i) {
            float value = x[(p * kvHeads + kvHead) * headDim + i];
            return type == TensorType.F16 ? Float.float16ToFloat(Float.floatToFloat16(value)) : value;
        }
    }
}
