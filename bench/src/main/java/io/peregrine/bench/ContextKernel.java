package io.peregrine.bench;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Attention;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.KvCache;
import java.util.ArrayList;
import java.util.List;

/// Attention of one new token over 4096 positions of an F16 cache, 32 heads that share 8, in as many layers
/// as it takes to leave the caches: what a long context adds to a generated token.
final class ContextKernel implements SweepKernel {

    private static final int POSITIONS = 4096;
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final long BEYOND_CACHES = 128L << 20;

    private final Compute compute;
    private final int stride;
    private final float scale;
    private final List<KvCache> layers = new ArrayList<>();
    private final float[] q;
    private final float[] out;
    private final int[] from = {0};
    private final int[] to = {POSITIONS};
    private final long bytes;

    ContextKernel(Compute compute, int headDim) {
        this.compute = compute;
        stride = HEADS * headDim;
        scale = (float) (1 / Math.sqrt(headDim));
        q = ProductKernel.gaussian(stride);
        out = new float[stride];
        int kvStride = KV_HEADS * headDim;
        float[] kv = ProductKernel.gaussian(POSITIONS * kvStride);
        long perLayer = 2L * Short.BYTES * POSITIONS * kvStride;
        for (long done = 0; done < BEYOND_CACHES; done += perLayer) {
            KvCache cache = new KvCache(TensorType.F16, KV_HEADS, headDim, POSITIONS);
            cache.store(compute, 0, POSITIONS, kv, 0, kvStride, kv, 0, kvStride);
            layers.add(cache);
        }
        bytes = perLayer * layers.size();
    }

    @Override
    public void call() {
        for (int i = 0; i < layers.size(); i++) {
            Attention.cached(compute, layers.get(i), scale, q, 0, stride, 1, HEADS, from, to, out, 0, stride);
        }
    }

    @Override
    public double work() {
        return bytes;
    }

    @Override
    public boolean readsMemory() {
        return true;
    }

    @Override
    public float[] result() {
        return out;
    }

    @Override
    public void close() {}
}
