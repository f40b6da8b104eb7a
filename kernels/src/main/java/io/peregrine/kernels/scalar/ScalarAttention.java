package io.peregrine.kernels.scalar;

/// Attention of one query as plain loops, with sums in double.
public final class ScalarAttention {

    private ScalarAttention() {}

    /// `out = sum over p of softmax(scale * q . k[p]) * v[p]`.
    ///
    /// @param q `[headDim]` from `qOffset`
    /// @param m holds keys `[positions, headDim]` from `keys`, values `[positions, headDim]` from `values`, and takes
    ///     the weights `[positions]` from `weights`
    /// @param from first position seen
    /// @param to position after the last one seen
    /// @param out `[headDim]` from `outOffset`; may be `q` itself
    public static void query(
            float scale,
            int headDim,
            float[] q,
            int qOffset,
            float[] m,
            int keys,
            int values,
            int weights,
            int from,
            int to,
            float[] out,
            int outOffset) {
        float max = Float.NEGATIVE_INFINITY;
        for (int p = from; p < to; p++) {
            double dot = 0;
            for (int i = 0; i < headDim; i++) {
                dot += (double) q[qOffset + i] * m[keys + p * headDim + i];
            }
            m[weights + p] = (float) (dot * scale);
            max = Math.max(max, m[weights + p]);
        }
        double sum = 0;
        for (int p = from; p < to; p++) {
            m[weights + p] = (float) Math.exp((double) m[weights + p] - max);
            sum += m[weights + p];
        }
        for (int i = 0; i < headDim; i++) {
            double result = 0;
            for (int p = from; p < to; p++) {
                result += (double) m[weights + p] * m[values + p * headDim + i];
            }
            out[outOffset + i] = (float) (result / sum);
        }
    }
}
