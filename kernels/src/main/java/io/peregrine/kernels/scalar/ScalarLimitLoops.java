package io.peregrine.kernels.scalar;

/// The loops of `io.peregrine.kernels.vector.LimitLoops` without vectors.
public final class ScalarLimitLoops {

    /// Operations of one round of [#fma].
    public static final int FLOPS_PER_ROUND = 8;

    private ScalarLimitLoops() {}

    /// Four chains of multiplications and additions.
    ///
    /// @return something that depends on every operation
    public static float fma(int rounds, float seed) {
        float a = seed;
        float b = seed + 1;
        float c = seed + 2;
        float d = seed + 3;
        for (int round = 0; round < rounds; round++) {
            a = a * 0.999f + 1e-3f;
            b = b * 0.999f + 1e-3f;
            c = c * 0.999f + 1e-3f;
            d = d * 0.999f + 1e-3f;
        }
        return a + b + c + d;
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
