package io.peregrine.kernels;

/// Scaled dot-product attention with an online softmax; grouped queries (GQA) share the keys of a head.
public final class Attention {

    private Attention() {}

    /// Attention of `rows` queries over a cache: query `r` sees positions `from[r] .. to[r]` (exclusive), which
    /// expresses causal masks, sliding windows and bidirectional blocks alike.
    ///
    /// @param q `[rows, heads, headDim]` from `qOffset`, rows `qStride` apart; `heads` is a multiple of `kvHeads`
    /// @param from `[rows]`, first visible position
    /// @param to `[rows]`, position after the last visible one; at least one position is visible
    /// @param out `[rows, heads, headDim]` from `outOffset`, rows `outStride` apart; may be `q` itself
    public static void cached(
            Compute compute,
            KvCache cache,
            float scale,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            int heads,
            int[] from,
            int[] to,
            float[] out,
            int outOffset,
            int outStride) {
        int headDim = cache.headDim();
        for (int r = 0; r < rows; r++) {
            for (int h = 0; h < heads; h++) {
                int kvHead = h / (heads / cache.kvHeads());
                int at = qOffset + r * qStride + h * headDim;
                double[] scores = new double[to[r] - from[r]];
                double max = Double.NEGATIVE_INFINITY;
                for (int p = from[r]; p < to[r]; p++) {
                    double dot = 0;
                    for (int i = 0; i < headDim; i++) {
                        dot += q[at + i] * cache.key(p, kvHead, i);
                    }
                    scores[p - from[r]] = dot * scale;
                    max = Math.max(max, dot * scale);
                }
                double sum = 0;
                double[] result = new double[headDim];
                for (int p = from[r]; p < to[r]; p++) {
                    double weight = Math.exp(scores[p - from[r]] - max);
                    sum += weight;
                    for (int i = 0; i < headDim; i++) {
                        result[i] += weight * cache.value(p, kvHead, i);
                    }
                }
                for (int i = 0; i < headDim; i++) {
                    out[outOffset + r * outStride + h * headDim + i] = (float) (result[i] / sum);
                }
            }
        }
    }

    /// Attention of `rows` queries over `keys` keys that are at hand as activations, without a mask between them:
    /// an image encoder, or cross attention.
    ///
    /// @param q `[rows, heads, headDim]` from `qOffset`, rows `qStride` apart
    /// @param k `[keys, kvHeads, headDim]` from `kOffset`, rows `kStride` apart
    /// @param v `[keys, kvHeads, headDim]` from `vOffset`, rows `vStride` apart
    /// @param out `[rows, heads, headDim]` from `outOffset`, rows `outStride` apart; may be `q` itself
    public static void full(
            Compute compute,
            float scale,
            int heads,
            int kvHeads,
            int headDim,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            float[] k,
            int kOffset,
            int kStride,
            float[] v,
            int vOffset,
            int vStride,
            int keys,
            float[] out,
            int outOffset,
            int outStride) {
        KvCache cache = new KvCache(io.peregrine.core.tensor.TensorType.F32, kvHeads, headDim, keys);
        cache.store(compute, 0, keys, k, kOffset, kStride, v, vOffset, vStride);
        int[] from = new int[rows];
        int[] to = new int[rows];
        java.util.Arrays.fill(to, keys);
        cached(compute, cache, scale, q, qOffset, qStride, rows, heads, from, to, out, outOffset, outStride);
    }
}
