package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarAttention;
import org.jspecify.annotations.Nullable;

/// Attention without vectors. A task is one head of keys and values.
final class PlainAttention implements Workers.Task {

    private final Compute compute;
    private KeyValues keyValues;
    private int headDim;
    private float scale;
    private float[] q = {};
    private int qOffset;
    private int qStride;
    private int rows;
    private int group = 1;
    private int @Nullable [] from;
    private int @Nullable [] to;
    private int keys;
    private float[] out = {};
    private int outOffset;
    private int outStride;

    PlainAttention(Compute compute) {
        this.compute = compute;
        this.keyValues = compute.keyValueRows;
    }

    /// Runs [io.peregrine.kernels.Attention#cached] or [io.peregrine.kernels.Attention#full] with checked arguments.
    void start(
            KeyValues keyValues,
            int kvHeads,
            int headDim,
            float scale,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            int heads,
            int @Nullable [] from,
            int @Nullable [] to,
            int keys,
            float[] out,
            int outOffset,
            int outStride) {
        this.keyValues = keyValues;
        this.headDim = headDim;
        this.scale = scale;
        this.q = q;
        this.qOffset = qOffset;
        this.qStride = qStride;
        this.rows = rows;
        this.group = heads / kvHeads;
        this.from = from;
        this.to = to;
        this.keys = keys;
        this.out = out;
        this.outOffset = outOffset;
        this.outStride = outStride;
        compute.workers().run(kvHeads, this);
    }

    @Override
    public void run(int kvHead, int worker) {
        int lo = keys;
        int hi = 0;
        for (int r = 0; r < rows; r++) {
            lo = Math.min(lo, from == null ? 0 : from[r]);
            hi = Math.max(hi, to == null ? keys : to[r]);
        }
        int count = hi - lo;
        int valuesAt = Math.multiplyExact(count, headDim);
        int weightsAt = Math.multiplyExact(2, valuesAt);
        float[] m = compute.scratch(worker, Math.addExact(weightsAt, count));
        keyValues.copy(kvHead, lo, hi, m, 0, valuesAt);
        for (int r = 0; r < rows; r++) {
            int first = from == null ? 0 : from[r] - lo;
            int last = to == null ? count : to[r] - lo;
            for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
                int in = qOffset + r * qStride + h * headDim;
                int at = outOffset + r * outStride + h * headDim;
                ScalarAttention.query(scale, headDim, q, in, m, 0, valuesAt, weightsAt, first, last, out, at);
            }
        }
    }
}
