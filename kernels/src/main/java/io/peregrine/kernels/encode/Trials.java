package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.scalar.ScalarCandidates;
import io.peregrine.kernels.vector.VectorCandidates;

/// Tries candidates on `count` elements from `x[from]` on, as vectors if they are available: both ways give the same
/// floats.
final class Trials {

    private Trials() {}

    /// Sets the sums of all candidates.
    static void sums(float[] x, int from, int count, float base, Candidates candidates) {
        if (Simd.VECTOR) {
            VectorCandidates.sums(x, from, count, base, candidates);
        } else {
            ScalarCandidates.sums(x, from, count, base, candidates);
        }
    }

    /// Sets the errors of all candidates, with a base of 0.
    static void errors(float[] x, int from, int count, Candidates candidates) {
        if (Simd.VECTOR) {
            VectorCandidates.errors(x, from, count, candidates);
        } else {
            ScalarCandidates.errors(x, from, count, candidates);
        }
    }
}
