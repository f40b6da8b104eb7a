package io.peregrine.kernels;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Arrays for tests: seeded numbers, with a guard that shows writes outside of a range.
final class Fills {

    /// What elements hold that a kernel must not touch.
    static final float GUARD = -7.25e8f;

    private Fills() {}

    /// Normally distributed numbers.
    static float[] normal(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    /// Normally distributed numbers in `count` elements from `offset`, guards around them.
    static float[] guarded(int size, int offset, int count, long seed) {
        float[] x = new float[size];
        Arrays.fill(x, GUARD);
        System.arraycopy(normal(count, seed), 0, x, offset, count);
        return x;
    }
}
