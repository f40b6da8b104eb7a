package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.tensor.TensorType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("facade")
class KvCacheTest {

    @ParameterizedTest
    @CsvSource({"F32, 1, 1, 1", "F32, 2, 13, 5", "F16, 3, 64, 128", "F16, 1, 72, 129", "F32, 2, 256, 300", "F16, 8, 80, 257"})
    void store_anyRows_keepsWhatTheTypeCanHold(TensorType type, int kvHeads, int headDim, int positions) {
        int dim = kvHeads * headDim;
        float[] k = Fills.normal(positions * (dim + 3) + 2, 1);
        float[] v = Fills.normal(positions * (dim + 1) + 4, 2);
        for (int threads = 1; threads < 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                Compute compute = new Compute(workers, false);
                KvCache cache = new KvCache(type, kvHeads, headDim, positions);
                int first = positions / 2;
                cache.store(compute, 0, first, k, 2, dim + 3, v, 4, dim + 1);
                cache.store(
                        compute,
                        first,
                        positions - first,
                        k,
                        2 + first * (dim + 3),
                        dim + 3,
                        v,
                        4 + first * (dim + 1),
                        dim + 1);
                assertEquals(positions, cache.positions());
                float[] keys = new float[positions * headDim];
                float[] values = new float[positions * headDim];
                float[] m = new float[2 * positions * headDim];
                for (int h = 0; h < kvHeads; h++) {
                    cache.keyValues().copy(h, 0, positions, m, 0, keys.length);
                    System.arraycopy(m, 0, keys, 0, keys.length);
                    System.arraycopy(m, keys.length, values, 0, values.length);
                    for (int p = 0; p < positions; p++) {
                        for (int i = 0; i < headDim; i++) {
                            assertEquals(
                                    held(type, k[2 + p * (dim + 3) + h * headDim + i]), keys[p * headDim + i]);
                            assertEquals(
                                    held(type, v[4 + p * (dim + 1) + h * headDim + i]), values[p * headDim + i]);
                        }
                    }
                }
            }
        }
    }

    /// Two caches that share pages hold what two caches would that share none.
    @ParameterizedTest
    @CsvSource({"F32, 200", "F16, 200", "F16, 256", "F16, 1", "F32, 384"})
    void fork_thenBothGoOn_holdTheirOwn(TensorType type, int shared) {
        int dim = 2 * 24;
        int positions = 400;
        try (Workers workers = new Workers(2)) {
            Compute compute = new Compute(workers, false);
            KvCache first = new KvCache(type, 2, 24, 500);
            store(compute, first, 0, positions, 1);
            KvCache second = first.fork(shared);
            assertEquals(shared, second.positions());
            Set<Object> counted = new HashSet<>();
            assertEquals(first.bytes(), first.bytes(counted));
            assertEquals(0, second.bytes(counted));
            store(compute, second, shared, positions - shared, 2);
            first.truncate(shared);
            store(compute, first, shared, positions - shared, 3);
            counted.clear();
            long pages = first.bytes() / 4;
            assertEquals((4 + 4 - shared / KvCache.PAGE) * pages, first.bytes(counted) + second.bytes(counted));
            for (KvCache cache : List.of(first, second)) {
                KvCache alone = new KvCache(type, 2, 24, 500);
                store(compute, alone, 0, shared, 1);
                store(compute, alone, shared, positions - shared, cache == first ? 3 : 2);
                float[] expected = new float[2 * positions * dim];
                float[] found = new float[2 * positions * dim];
                for (int head = 0; head < 2; head++) {
                    alone.keyValues().copy(head, 0, positions, expected, 0, positions * 24);
                    cache.keyValues().copy(head, 0, positions, found, 0, positions * 24);
                    assertArrayEquals(expected, found);
                }
            }
        }
    }

    private static void store(Compute compute, KvCache cache, int from, int count, int seed) {
        float[] k = Fills.normal(500 * 48, seed);
        float[] v = Fills.normal(500 * 48, seed + 10);
        k[300 * 48] = 5000;
        cache.store(compute, from, count, k, from * 48, 48, v, from * 48, 48);
    }

    @Test
    void fork_behindAForgottenFront_beginsThere() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F16, 2, 24, 500);
            store(compute, cache, 0, 400, 1);
            cache.forget(300);
            assertEquals(256, cache.fork(300).first());
            assertEquals(300, cache.fork(300).positions());
            assertEquals(0, cache.fork(0).first());
            IllegalArgumentException error =
                    assertThrows(IllegalArgumentException.class, () -> cache.fork(200));
            assertEquals("cannot fork at 200 positions, there are those from 256 to 400", error.getMessage());
        }
    }

    @Test
    void store_half_roundsToNearestEven() {
        float[] given = {1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 65_519, 65_520, -0f, 0x1p-25f, 0x1.8p-24f, Float.NaN};
        float[] expected = {1, 1 + 0x1p-9f, 65_504, Float.POSITIVE_INFINITY, -0f, 0, 0x1p-23f, Float.NaN};
        try (Workers workers = new Workers(1)) {
            KvCache cache = new KvCache(TensorType.F16, 1, given.length, 1);
            cache.store(new Compute(workers, false), 0, 1, given, 0, given.length, given, 0, given.length);
            float[] m = new float[2 * given.length];
            cache.keyValues().copy(0, 0, 1, m, 0, given.length);
            for (int i = 0; i < given.length; i++) {
                assertEquals(expected[i], m[i]);
                assertEquals(expected[i], m[given.length + i]);
            }
        }
    }

    /// However numbers of F16 are kept, they are not rounded again when a large one comes.
    @ParameterizedTest
    @CsvSource({"64", "24", "13"})
    void store_halfSmallThenLarge_keepsBoth(int headDim) {
        float[] k = Fills.normal(4 * headDim, 1);
        float[] v = Fills.normal(4 * headDim, 2);
        for (int i = 0; i < headDim; i++) {
            k[i] *= 0x1p-14f;
            v[i] *= 0x1p-22f;
            k[2 * headDim + i] *= 0x1p10f;
            v[2 * headDim + i] *= 0x1p7f;
        }
        k[3 * headDim] = Float.NEGATIVE_INFINITY;
        v[3 * headDim + 2] = 0x1p-24f;
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F16, 1, headDim, 4);
            for (int p = 0; p < 4; p++) {
                cache.store(compute, p, 1, k, p * headDim, headDim, v, p * headDim, headDim);
                float[] m = new float[2 * (p + 1) * headDim];
                cache.keyValues().copy(0, 0, p + 1, m, 0, m.length / 2);
                for (int i = 0; i < m.length / 2; i++) {
                    assertEquals(held(TensorType.F16, k[i]), m[i]);
                    assertEquals(held(TensorType.F16, v[i]), m[m.length / 2 + i]);
                }
            }
        }
    }

    @Test
    void memory_growsByPagesAndIsGivenBack() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F16, 2, 72, 1_000_000);
            // A page: 128 positions of 2 heads of 72 key and 80 value elements of 2 bytes.
            long page = 128 * 2 * (72 + 80) * 2;
            float[] x = new float[300 * 144];
            assertEquals(0, cache.bytes());
            cache.store(compute, 0, 1, x, 0, 144, x, 0, 144);
            assertEquals(page, cache.bytes());
            cache.store(compute, 1, 127, x, 0, 144, x, 0, 144);
            assertEquals(page, cache.bytes());
            cache.store(compute, 128, 300, x, 0, 144, x, 0, 144);
            assertEquals(4 * page, cache.bytes());
            assertEquals(428, cache.positions());
            cache.truncate(257);
            assertEquals(3 * page, cache.bytes());
            cache.truncate(256);
            assertEquals(2 * page, cache.bytes());
            cache.store(compute, 100, 3, x, 0, 144, x, 0, 144);
            assertEquals(256, cache.positions());
            cache.clear();
            assertEquals(0, cache.positions());
            assertEquals(0, cache.bytes());
        }
    }

    @Test
    void forget_givesPagesBackAndKeepsTheRest() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F32, 1, 4, 1000);
            long page = 128 * (4 + 16) * 4;
            float[] k = Fills.normal(4 * 600, 1);
            float[] v = Fills.normal(4 * 600, 2);
            cache.store(compute, 0, 500, k, 0, 4, v, 0, 4);
            cache.forget(127);
            assertEquals(0, cache.first());
            assertEquals(4 * page, cache.bytes());
            cache.forget(300);
            assertEquals(256, cache.first());
            assertEquals(500, cache.positions());
            assertEquals(2 * page, cache.bytes());
            cache.forget(128);
            assertEquals(256, cache.first());
            cache.store(compute, 500, 100, k, 4 * 500, 4, v, 4 * 500, 4);
            assertEquals(3 * page, cache.bytes());
            float[] m = new float[2 * 4 * 344];
            cache.keyValues().copy(0, 256, 600, m, 0, 4 * 344);
            assertArrayEquals(Arrays.copyOfRange(k, 4 * 256, 4 * 600), Arrays.copyOf(m, 4 * 344));
            assertArrayEquals(Arrays.copyOfRange(v, 4 * 256, 4 * 600), Arrays.copyOfRange(m, 4 * 344, 8 * 344));
            cache.truncate(257);
            assertEquals(page, cache.bytes());
            cache.truncate(256);
            assertEquals(0, cache.bytes());
            cache.store(compute, 256, 1, k, 0, 4, v, 0, 4);
            assertEquals(page, cache.bytes());
            cache.truncate(0);
            assertEquals(0, cache.first());
            cache.store(compute, 0, 1, k, 0, 4, v, 0, 4);
            assertEquals(page, cache.bytes());
        }
    }

    @Test
    void forgottenPositions_areNeitherStoredNorReturnedTo() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F16, 1, 4, 1000);
            float[] x = new float[4 * 300];
            cache.store(compute, 0, 300, x, 0, 4, x, 0, 4);
            assertEquals(
                    "cannot forget 301 positions, there are 300",
                    assertThrows(IllegalArgumentException.class, () -> cache.forget(301))
                            .getMessage());
            cache.forget(300);
            assertEquals(
                    "storing from position 255, but those before 256 are forgotten",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> cache.store(compute, 255, 3, x, 0, 4, x, 0, 4))
                            .getMessage());
            assertEquals(
                    "cannot truncate to 255 positions, those before 256 are forgotten",
                    assertThrows(IllegalArgumentException.class, () -> cache.truncate(255))
                            .getMessage());
            int[] from = {255};
            int[] to = {300};
            assertEquals(
                    "row 0 sees positions 255 to 300, expected at least one of the 300 stored, of which those before 256"
                            + " are forgotten",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Attention.cached(compute, cache, 1, x, 0, 4, 1, 1, from, to, x, 0, 4))
                            .getMessage());
        }
    }

    @Test
    void store_beyondTheCapacity_saysHowMany() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F32, 1, 4, 10);
            float[] x = new float[400];
            cache.store(compute, 0, 8, x, 0, 4, x, 0, 4);
            assertEquals(
                    "3 positions from 8 do not fit a cache of 10 positions",
                    assertThrows(
                                    IndexOutOfBoundsException.class,
                                    () -> cache.store(compute, 8, 3, x, 0, 4, x, 0, 4))
                            .getMessage());
            assertEquals(
                    "2147483647 positions from 1 do not fit a cache of 10 positions",
                    assertThrows(
                                    IndexOutOfBoundsException.class,
                                    () -> cache.store(compute, 1, Integer.MAX_VALUE, x, 0, 4, x, 0, 4))
                            .getMessage());
            assertEquals(8, cache.positions());
        }
    }

    @Test
    void wrongArguments_saysWhatIsWrong() {
        try (Workers workers = new Workers(1)) {
            Compute compute = new Compute(workers, false);
            KvCache cache = new KvCache(TensorType.F32, 1, 4, 10);
            float[] x = new float[8];
            assertMessage(
                    "storing from position 1 would leave a gap, there are 0 positions",
                    () -> cache.store(compute, 1, 1, x, 0, 4, x, 0, 4));
            assertMessage(
                    "v: 2 rows of 4 elements, 5 apart from 0, end at 9, the array has 8",
                    () -> cache.store(compute, 0, 2, x, 0, 4, x, 0, 5));
            assertMessage("cannot truncate to 1 positions, there are 0", () -> cache.truncate(1));
            assertMessage("cannot truncate to -1 positions, there are 0", () -> cache.truncate(-1));
            assertMessage(
                    "a cache of keys and values is F32 or F16, not Q8_0",
                    () -> new KvCache(TensorType.Q8_0, 1, 4, 10));
            assertMessage(
                    "headDim is 0, expected a positive number", () -> new KvCache(TensorType.F32, 1, 0, 10));
            assertMessage(
                    "65536 heads of 65536 elements: a page of 128 positions would have more than 2147483647 elements",
                    () -> new KvCache(TensorType.F16, 65_536, 65_536, 10));
        }
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    private static float held(TensorType type, float x) {
        return type == TensorType.F16 ? Float.float16ToFloat(Float.floatToFloat16(x)) : x;
    }
}
