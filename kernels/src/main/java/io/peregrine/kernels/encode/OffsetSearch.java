package io.peregrine.kernels.encode;

import io.peregrine.kernels.internal.Candidates;

/// Scale and offset for codes from zero: `x ~ scale * q + offset` with `q` from 0 to `most`.
///
/// The first candidates spread the codes over a little more or less than the range of the elements; for the codes that
/// a candidate gives, the scale and the offset that err least are those of a straight line through the points
/// `(q, x)`. The best line and some around it give new codes, and these better lines, a few times.
///
/// Holds the result of the last search: for one thread.
final class OffsetSearch {

    private static final float WIDEST = -0.9f;
    private static final float STEP = 0.12f;

    /// How far the lines around the best one are turned, in codes at its end, and shifted, in codes.
    private static final float[] TURN = {0, -0.3f, 0.3f, 0.6f};
    private static final float[] SHIFT = {0, -0.2f, 0.2f, 0.4f};

    private static final int REPEATS = 2;

    /// Below this nothing is left of a scale in 16 bits, and quotients would overflow.
    private static final float SMALLEST = 1e-30f;

    private final int most;
    private final boolean offsetNotAbove;
    private final Candidates candidates;
    private float low;
    private float sumT;
    private double bestGain;
    private float scale;
    private float offset;

    /// @param most the largest code
    /// @param offsetNotAbove whether the format has no offsets above zero
    OffsetSearch(int most, boolean offsetNotAbove) {
        this.most = most;
        this.offsetNotAbove = offsetNotAbove;
        this.candidates = new Candidates(0, most);
    }

    float scale() {
        return scale;
    }

    float offset() {
        return offset;
    }

    /// Finds both for `count` elements from `x[from]` on.
    void search(float[] x, int from, int count) {
        float lowest = x[from];
        float highest = x[from];
        sumT = 0;
        for (int i = from; i < from + count; i++) {
            lowest = Math.min(lowest, x[i]);
            highest = Math.max(highest, x[i]);
        }
        low = offsetNotAbove ? Math.min(lowest, 0) : lowest;
        scale = 0;
        offset = low;
        float range = highest - low;
        if (range < SMALLEST) {
            return;
        }
        for (int i = from; i < from + count; i++) {
            sumT += x[i] - low;
        }
        bestGain = 0;
        for (int c = 0; c < Candidates.COUNT; c++) {
            candidates.inverse[c] = (most + WIDEST + STEP * c) / range;
            candidates.shift[c] = 0;
        }
        improve(x, from, count);
        for (int repeat = 0; repeat < REPEATS && scale > 0; repeat++) {
            for (int c = 0; c < Candidates.COUNT; c++) {
                candidates.inverse[c] = (1 + TURN[c % 4] / most) / scale;
                candidates.shift[c] = low - offset + SHIFT[c / 4] * scale;
            }
            improve(x, from, count);
        }
    }

    /// Fits a line to the codes of each candidate and keeps it if it errs less than the best.
    ///
    /// With `t = x - low`, which loses no digits to a large offset, the error of `slope * q + base` for `t` is
    /// the sum of `t^2` less the gain. Where the base is given, the line through it is the best one left.
    private void improve(float[] x, int from, int count) {
        Trials.sums(x, from, count, low, candidates);
        for (int c = 0; c < Candidates.COUNT; c++) {
            double sumTq = candidates.sumXq[c];
            double sumQ = candidates.sumQ[c];
            double sumQq = candidates.sumQq[c];
            double determinant = count * sumQq - sumQ * sumQ;
            double inverse = 1 / determinant;
            double slope = (count * sumTq - sumQ * sumT) * inverse;
            double base = (sumQq * sumT - sumQ * sumTq) * inverse;
            double gain = slope * sumTq + base * sumT;
            boolean oneCode = determinant <= 0;
            if (oneCode || (offsetNotAbove && low + base > 0)) {
                base = oneCode ? 0 : -low;
                slope = (sumTq - base * sumQ) / sumQq;
                gain = 2 * base * sumT - base * base * count + slope * (sumTq - base * sumQ);
            }
            if (gain > bestGain && slope > 0) {
                bestGain = gain;
                scale = (float) slope;
                offset = (float) (low + base);
            }
        }
    }
}
