package io.peregrine.kernels.scalar;

/// The loops of `io.peregrine.kernels.vector.LimitLoops` without vectors.
public final class ScalarLimitLoops {

    private static final int TERMS = 256;

    /// Operations of one round of [#fma].
    public static final int FLOPS_PER_ROUND = 2 * TERMS;

    private ScalarLimitLoops() {}

    /// Multiplications and additions over a short array, a loop that the compiler turns into vectors by itself.
    ///
    /// @return something that depends on every operation
    public static float fma(int rounds, float seed) {
        float[] terms = new float[TERMS];
        for (int i = 0; i < TERMS; i++) {
            terms[i] = seed + i;
        }
        for (int round = 0; round < rounds; round++) {
            multiplyAdd(terms);
        }
        float sum = 0;
        for (float term : terms) {
            sum += term;
        }
        return sum;
    }

    private static void multiplyAdd(float[] terms) {
        for (int i = 0; i < terms.length; i++) {
            terms[i] = terms[i] * 0.999f + 1e-3f;
        }
    }

    /// Reads `count` elements from `from`.
    ///
    /// @return something that depends on every element
    public static int read(float[] memory, int from, int count) {
        int bits = 0;
        for (int i = from; i < from + count; i++) {
            bits |= Float.floatToRawIntBits(memory[i]);
        }
        return bits;
    }
}
