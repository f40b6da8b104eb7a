package io.peregrine.kernels.encode;

/// The scale for codes on both sides of zero: `x ~ scale * q` with `q` from `-levels` to `levels - 1`.
///
/// The steepest code belongs to the element of the largest magnitude. From there the candidates spread the codes
/// wider and narrower; for the codes that a candidate gives, the scale that errs least is known in closed form:
/// `sum(x q) / sum(q q)`, which takes `sum(x q)^2 / sum(q q)` off the sum of squares.
final class ScaleSearch {

    /// Candidates on each side of the plain scale, this part of a code apart.
    private static final int SPREAD = 9;

    private static final float STEP = 0.1f;

    /// Below this nothing is left of a scale in 16 bits, and quotients would overflow.
    private static final float SMALLEST = 1e-30f;

    private ScaleSearch() {}

    /// The scale, whose sign is that of the code of the largest element turned round; 0 if all elements are.
    ///
    /// @param count of elements from `x[from]` on
    static float scale(float[] x, int from, int count, int levels) {
        float extreme = 0;
        for (int i = from; i < from + count; i++) {
            if (Math.abs(x[i]) > Math.abs(extreme)) {
                extreme = x[i];
            }
        }
        if (Math.abs(extreme) < SMALLEST) {
            return 0;
        }
        double bestGain = 0;
        float best = 0;
        for (int step = -SPREAD; step <= SPREAD; step++) {
            float inverse = -(levels + STEP * step) / extreme;
            float sumXq = 0;
            int sumQq = 0;
            for (int i = from; i < from + count; i++) {
                int q = code(x[i] * inverse, levels);
                sumXq += x[i] * q;
                sumQq += q * q;
            }
            double gain = (double) sumXq * sumXq / sumQq;
            if (gain > bestGain) {
                bestGain = gain;
                best = sumXq / sumQq;
            }
        }
        return best;
    }

    /// The code next to a quotient.
    static int code(float quotient, int levels) {
        return Math.min(Math.max((int) (quotient + levels + 0.5f), 0), 2 * levels - 1) - levels;
    }

    /// The squared error of the codes next to the elements.
    static float error(float[] x, int from, int count, int levels, float scale) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            float difference = x[i] - scale * code(x[i] * inverse, levels);
            sum += difference * difference;
        }
        return sum;
    }
}
