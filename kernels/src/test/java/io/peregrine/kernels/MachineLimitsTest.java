package io.peregrine.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.scalar.ScalarLimitLoops;
import io.peregrine.kernels.vector.LimitLoops;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The loops behind the limits do the work that is counted; never how fast.
@Tag("width")
class MachineLimitsTest {

    @Test
    void limitsArePositive_andTheLargerOfTwoCounts() {
        try (Workers workers = new Workers(2)) {
            MachineLimits limits = MachineLimits.measure(workers);
            assertTrue(limits.flopsPerSecond() > 1e6 && limits.bytesPerSecond() > 1e6, limits.toString());
        }
        assertEquals(new MachineLimits(3, 4), new MachineLimits(3, 2).max(new MachineLimits(1, 4)));
    }

    /// Every chain starts at another number and adds the same product in every round.
    @Test
    void multiplyAdds_areAllDone() {
        assumeTrue(Simd.VECTOR, "no Vector API");
        int chains = LimitLoops.FLOPS_PER_ROUND / 2 / (Simd.BITS / 32);
        assertTrue(chains == 12 || chains == 20, "chains: " + chains);
        for (int rounds : new int[] {0, 1, 1000}) {
            double x = 0.5 + 1e-3;
            double expected = x;
            for (int chain = 0; chain < chains; chain++) {
                expected += x + chain + rounds * x * 0.999;
            }
            assertEquals(expected, LimitLoops.fma(rounds, 0.5f), 1e-4 * expected);
        }
    }

    /// Only the first lane comes out: its elements are those at multiples of the width.
    @Test
    void everyVectorIsRead() {
        assumeTrue(Simd.VECTOR, "no Vector API");
        int width = Simd.BITS / 32;
        int count = 16 * width;
        for (int vector = 0; vector < 16; vector++) {
            float[] memory = new float[3 + count];
            memory[3 + vector * width] = Float.intBitsToFloat(5);
            assertEquals(5, LimitLoops.read(memory, 3, count), "vector " + vector);
            assertEquals(5, LimitLoops.readStreams(memory, 3, count), "vector " + vector);
        }
    }

    @Test
    void plainLoopsReadEveryElement_andMultiplyEveryTerm() {
        for (int i = 0; i < 7; i++) {
            float[] memory = new float[9];
            memory[2 + i] = Float.intBitsToFloat(3);
            assertEquals(3, ScalarLimitLoops.read(memory, 2, 7));
        }
        int terms = ScalarLimitLoops.FLOPS_PER_ROUND / 2;
        double expected = 0;
        for (int i = 0; i < terms; i++) {
            expected += ((1 + i) * 0.999 + 1e-3) * 0.999 + 1e-3;
        }
        assertEquals(expected, ScalarLimitLoops.fma(2, 1), 1e-4 * expected);
    }
}
