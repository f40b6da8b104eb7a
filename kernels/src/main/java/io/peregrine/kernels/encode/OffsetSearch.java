package io.peregrine.kernels.encode;

/// Scale and offset for codes from zero: `x ~ scale * q + offset` with `q` from 0 to `most`.
///
/// The candidates spread the codes over a little more or less than the range of the elements; for the codes that a
/// candidate gives, the scale and the offset that err least are those of a straight line through the points `(q, x)`.
/// The best line gives new codes, and these a better line, a few times.
///
/// Holds the result of the last search: for one thread.
final class OffsetSearch {

    private static final int CANDIDATES = 20;
    private static final float WIDEST = -0.9f;
    private static final float STEP = 0.1f;
    private static final int REPEATS = 2;

    /// Below this nothing is left of a scale in 16 bits, and quotients would overflow.
    private static final float SMALLEST = 1e-30f;

    private final int most;
    private final boolean offsetNotAbove;
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
        for (int i = from + 1; i < from + count; i++) {
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
        sumT = 0;
        for (int i = from; i < from + count; i++) {
            sumT += x[i] - low;
        }
        bestGain = 0;
        for (int step = 0; step < CANDIDATES; step++) {
            improve(x, from, count, (most + WIDEST + STEP * step) / range, 0);
        }
        for (int repeat = 0; repeat < REPEATS && scale > 0; repeat++) {
            improve(x, from, count, 1 / scale, low - offset);
        }
    }

    /// Fits a line to the codes of `(x - low + shift) * inverse` and keeps it if it errs less than the best.
    ///
    /// With `t = x - low`, which loses no digits to a large offset, the error of `scale * q + base` for `t` is
    /// the sum of `t^2` less the gain.
    private void improve(float[] x, int from, int count, float inverse, float shift) {
        float sumTq = 0;
        int sumQ = 0;
        int sumQq = 0;
        for (int i = from; i < from + count; i++) {
            float t = x[i] - low;
            int q = code((t + shift) * inverse, most);
            sumTq += t * q;
            sumQ += q;
            sumQq += q * q;
        }
        double determinant = (double) count * sumQq - (double) sumQ * sumQ;
        double slope = ((double) count * sumTq - (double) sumQ * sumT) / determinant;
        double base = ((double) sumQq * sumT - (double) sumQ * sumTq) / determinant;
        if (determinant <= 0) {
            // All codes are the same.
            slope = sumTq / sumQq;
            base = 0;
        }
        if (offsetNotAbove && low + base > 0) {
            base = -low;
            slope = (sumTq + (double) low * sumQ) / sumQq;
        }
        double gain = 2 * slope * sumTq
                + 2 * base * sumT
                - slope * slope * sumQq
                - 2 * slope * base * sumQ
                - base * base * count;
        if (gain > bestGain && slope > 0) {
            bestGain = gain;
            scale = (float) slope;
            offset = (float) (low + base);
        }
    }

    /// The code next to a quotient.
    static int code(float quotient, int most) {
        return Math.min(Math.max((int) (quotient + 0.5f), 0), most);
    }

    /// The squared error of the codes next to the elements.
    static float error(float[] x, int from, int count, int most, float scale, float offset) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            float difference = x[i] - (scale * code((x[i] - offset) * inverse, most) + offset);
            sum += difference * difference;
        }
        return sum;
    }
}
