package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// Sums and largest elements of a vector that was stored to an array, always in the same order.
///
/// `reduceLanes(ADD)` of floats adds in an order that differs between interpreter and compiler.
final class Fold {

    private Fold() {}

    /// The sum of [Lanes#WIDTH] elements from `at`, halves added pairwise; overwrites them.
    static float sum(float[] x, int at) {
        if (Lanes.WIDTH == 16) {
            FloatVector.fromArray(FloatVector.SPECIES_256, x, at)
                    .add(FloatVector.fromArray(FloatVector.SPECIES_256, x, at + 8))
                    .intoArray(x, at);
        }
        if (Lanes.WIDTH >= 8) {
            FloatVector.fromArray(FloatVector.SPECIES_128, x, at)
                    .add(FloatVector.fromArray(FloatVector.SPECIES_128, x, at + 4))
                    .intoArray(x, at);
        }
        return x[at] + x[at + 2] + (x[at + 1] + x[at + 3]);
    }

    /// The bits of [#sum], without vectors: for methods with loops on vectors. With more vectors they would become too
    /// large for the compiler to inline what they call in those loops.
    static float sumPlainly(float[] x, int at) {
        for (int half = Lanes.WIDTH / 2; half > 0; half /= 2) {
            for (int i = at; i < at + half; i++) {
                x[i] += x[i + half];
            }
        }
        return x[at];
    }

    /// The largest of [Lanes#WIDTH] elements from `at`.
    static float max(float[] x, int at) {
        float max = x[at];
        for (int i = at + 1; i < at + Lanes.WIDTH; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }
}
