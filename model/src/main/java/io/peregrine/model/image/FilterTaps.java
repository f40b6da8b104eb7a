package io.peregrine.model.image;

import java.util.function.DoubleUnaryOperator;

/// Which samples of a line of `from` make each sample of a line of `to`, and with which weights: a filter
/// that is stretched when the line gets shorter, so that every sample counts (antialiasing). Weights are
/// integers with 22 bits behind the point. The same numbers as Pillow's `precompute_coeffs`
/// (python-pillow/Pillow, `src/libImaging/Resample.c`).
///
/// @param first the first sample of each window, `[to]`
/// @param count the samples in each window, `[to]`
/// @param weights `[to, stride]`, of each row the first `count`
/// @param stride the widest window
record FilterTaps(int[] first, int[] count, int[] weights, int stride) {

    static final int FRACTION_BITS = 22;

    /// @param kernel the filter, 0 outside of `-support`...`support`
    static FilterTaps of(int from, int to, double support, DoubleUnaryOperator kernel) {
        double scale = (double) from / to;
        double stretch = Math.max(scale, 1);
        double reach = support * stretch;
        int stride = Math.min(from, (int) Math.ceil(reach) * 2 + 1);
        int[] first = new int[to];
        int[] count = new int[to];
        int[] weights = new int[Math.multiplyExact(to, stride)];
        double[] window = new double[stride];
        double inverse = 1 / stretch;
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale;
            int begin = Math.max(0, (int) (centre - reach + 0.5));
            int size = Math.min(from, (int) (centre + reach + 0.5)) - begin;
            double sum = 0;
            for (int t = 0; t < size; t++) {
                window[t] = kernel.applyAsDouble((t + begin - centre + 0.5) * inverse);
                sum += window[t];
            }
            for (int t = 0; t < size; t++) {
                double weight = (sum == 0 ? window[t] : window[t] / sum) * (1 << FRACTION_BITS);
                weights[i * stride + t] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
            }
            first[i] = begin;
            count[i] = size;
        }
        return new FilterTaps(first, count, weights, stride);
    }

    /// The parts of the windows that lie on samples `left` to `left + length - 1`, counted from `left`.
    FilterTaps within(int left, int length) {
        int[] begins = new int[first.length];
        int[] counts = new int[first.length];
        int[] inside = new int[weights.length];
        for (int i = 0; i < first.length; i++) {
            int begin = Math.clamp(left - first[i], 0, count[i]);
            int end = Math.clamp(left + length - first[i], begin, count[i]);
            counts[i] = end - begin;
            begins[i] = counts[i] == 0 ? 0 : first[i] + begin - left;
            System.arraycopy(weights, i * stride + begin, inside, i * stride, end - begin);
        }
        return new FilterTaps(begins, counts, inside, stride);
    }

    /// The weights of one window together.
    int sum(int window) {
        int sum = 0;
        for (int t = 0; t < count[window]; t++) {
            sum += weights[window * stride + t];
        }
        return sum;
    }
}
