package io.peregrine.kernels.scalar;

import io.peregrine.kernels.internal.Candidates;

/// What candidates come to, as plain loops.
public final class ScalarCandidates {

    private ScalarCandidates() {}

    /// Sets the sums of all candidates over `count` elements from `x[from]` on.
    public static void sums(float[] x, int from, int count, float base, Candidates candidates) {
        for (int c = 0; c < Candidates.COUNT; c++) {
            float sumXq = 0;
            float sumQ = 0;
            float sumQq = 0;
            for (int i = from; i < from + count; i++) {
                float t = x[i] - base;
                float q = candidates.code((t + candidates.shift[c]) * candidates.inverse[c]);
                sumXq += t * q;
                sumQ += q;
                sumQq += q * q;
            }
            candidates.sumXq[c] = sumXq;
            candidates.sumQ[c] = sumQ;
            candidates.sumQq[c] = sumQq;
        }
    }

    /// Sets the errors of all candidates over `count` elements from `x[from]` on.
    public static void errors(float[] x, int from, int count, Candidates candidates) {
        for (int c = 0; c < Candidates.COUNT; c++) {
            float error = 0;
            for (int i = from; i < from + count; i++) {
                float t = x[i] + candidates.shift[c];
                float difference = t - candidates.code(t * candidates.inverse[c]) * candidates.scale[c];
                error += difference * difference;
            }
            candidates.error[c] = error;
        }
    }
}
