package io.peregrine.bench;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Attention;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.KvCache;

/// Attention of many queries: a prompt of 4096 tokens over its own F16 cache, causal, 8 heads that share 2;
/// or an image of 577 rows, 16 heads, without a mask.
final class AttentionKernel implements SweepKernel {

    private static final int KV_SHARE = 4;

    private final Compute compute;
    private final boolean prompt;
    private final int rows;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final float scale;
    private final KvCache cache;
    private final float[] q;
    private final float[] kv;
    private final float[] out;
    private final int[] from;
    private final int[] to;

    AttentionKernel(Compute compute, int headDim, boolean prompt) {
        this.compute = compute;
        this.prompt = prompt;
        this.headDim = headDim;
        rows = prompt ? 4096 : 577;
        heads = prompt ? 8 : 16;
        kvHeads = prompt ? heads / KV_SHARE : heads;
        scale = (float) (1 / Math.sqrt(headDim));
        q = ProductKernel.gaussian(rows * heads * headDim);
        kv = ProductKernel.gaussian(rows * kvHeads * headDim);
        out = new float[q.length];
        from = new int[rows];
        to = new int[rows];
        for (int i = 0; i < rows; i++) {
            to[i] = i + 1;
        }
        int stride = kvHeads * headDim;
        cache = new KvCache(TensorType.F16, kvHeads, headDim, rows);
        cache.store(compute, 0, rows, kv, 0, stride, kv, 0, stride);
    }

    @Override
    public void call() {
        int stride = heads * headDim;
        int kvStride = kvHeads * headDim;
        if (prompt) {
            Attention.cached(compute, cache, scale, q, 0, stride, rows, heads, from, to, out, 0, stride);
        } else {
            Attention.full(
                    compute, scale, heads, kvHeads, headDim, q, 0, stride, rows, kv, 0, kvStride, kv, 0, kvStride, rows,
                    out, 0, stride);
        }
    }

    /// Two products, over the pairs of a query and a key that it sees.
    @Override
    public double work() {
        double pairs = prompt ? 0.5 * rows * (rows + 1.0) : (double) rows * rows;
        return 4 * pairs * heads * headDim;
    }

    @Override
    public boolean readsMemory() {
        return false;
    }

    @Override
    public float[] result() {
        return out;
    }

    @Override
    public void close() {}
}
