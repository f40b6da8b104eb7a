package io.peregrine.kernels.scalar;

/// Softmax as plain loops, with sums in double.
public final class ScalarSoftmax {

    private ScalarSoftmax() {}

    /// `x = exp(x - max) / sum(exp(x - max))`.
    public static void row(float[] x, int offset, int length) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = offset; i < offset + length; i++) {
            max = Math.max(max, x[i]);
        }
        double sum = 0;
        for (int i = offset; i < offset + length; i++) {
            sum += Math.exp((double) x[i] - max);
        }
        for (int i = offset; i < offset + length; i++) {
            x[i] = (float) (Math.exp((double) x[i] - max) / sum);
        }
    }
}
