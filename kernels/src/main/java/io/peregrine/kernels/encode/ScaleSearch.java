package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;

/// The scale for codes on both sides of zero: `x ~ scale * q` with `q` from `-levels` to `levels - 1`.
///
/// The lowest code belongs to the element of the largest magnitude. From there the candidates spread the codes wider
/// and narrower; for the codes that a candidate gives, the scale that errs least is known in closed form:
/// `sum(x q) / sum(q q)`, which takes `sum(x q)^2 / sum(q q)` off the sum of squares.
final class ScaleSearch {

    /// Candidates are this part of a code apart.
    private static final float STEP = 0.1f;

    /// Below this nothing is left of a scale in 16 bits, and quotients would overflow.
    private static final float SMALLEST = 1e-30f;

    private final int levels;
    private final Candidates candidates;

    ScaleSearch(int levels) {
        this.levels = levels;
        this.candidates = new Candidates(-levels, levels - 1);
    }

    /// The scale, whose sign is that of the largest element turned round; 0 if all elements are.
    ///
    /// @param count of elements from `x[from]` on
    float scale(float[] x, int from, int count) {
        float extreme = 0;
        for (int i = from; i < from + count; i++) {
            if (Math.abs(x[i]) > Math.abs(extreme)) {
                extreme = x[i];
            }
        }
        if (Math.abs(extreme) < SMALLEST) {
            return 0;
        }
        for (int c = 0; c < Candidates.COUNT; c++) {
            candidates.inverse[c] = -(levels + STEP * (c - Candidates.COUNT / 2)) / extreme;
            candidates.shift[c] = 0;
        }
        Trials.sums(x, from, count, 0, candidates);
        double bestGain = 0;
        float best = 0;
        for (int c = 0; c < Candidates.COUNT; c++) {
            float sumXq = candidates.sumXq[c];
            double gain = (double) sumXq * sumXq / candidates.sumQq[c];
            if (gain > bestGain) {
                bestGain = gain;
                best = sumXq / candidates.sumQq[c];
            }
        }
        return best;
    }
}
