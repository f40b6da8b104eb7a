package io.peregrine.kernels;

import io.peregrine.core.tensor.TensorType;

/// Keys and values of one layer of one sequence, kept in pages that are allocated as the sequence grows.
///
/// A page holds [#PAGE] positions as `[kvHeads, PAGE, headDim]`, so that one head reads a contiguous stream.
/// Used by one thread at a time.
public final class KvCache {

    /// Positions in a page.
    public static final int PAGE = 128;

    private final TensorType type;
    private final int kvHeads;
    private final int headDim;
    private final int capacity;
    private final float[] keys;
    private final float[] values;
    private int positions;

    /// @param type F32 or F16: how elements are kept
    /// @param capacity the largest number of positions
    public KvCache(TensorType type, int kvHeads, int headDim, int capacity) {
        this.type = type;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.capacity = capacity;
        this.keys = new float[capacity * kvHeads * headDim];
        this.values = new float[capacity * kvHeads * headDim];
    }

    public TensorType type() {
        return type;
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    public int capacity() {
        return capacity;
    }

    /// Positions stored so far.
    public int positions() {
        return positions;
    }

    /// Forgets the positions from `positions` on.
    ///
    /// @throws IllegalArgumentException if there are fewer
    public void truncate(int positions) {
        if (positions < 0 || positions > this.positions) {
            throw new IllegalArgumentException(
                    "cannot truncate to " + positions + " positions, there are " + this.positions);
        }
        this.positions = positions;
    }

    /// Forgets all positions and gives their memory back.
    public void clear() {
        truncate(0);
    }

    /// Bytes of the pages held.
    public long bytes() {
        return 4L * (keys.length + values.length);
    }

    /// Stores keys and values of positions `from .. from + count`.
    ///
    /// @param k `[count, kvHeads, headDim]` from `kOffset`, rows `kStride` apart
    /// @param v `[count, kvHeads, headDim]` from `vOffset`, rows `vStride` apart
    /// @throws IndexOutOfBoundsException beyond the capacity
    public void store(
            Compute compute, int from, int count, float[] k, int kOffset, int kStride, float[] v, int vOffset, int vStride) {
        positions = Math.max(positions, from + count);
        for (int i = 0; i < count; i++) {
            System.arraycopy(k, kOffset + i * kStride, keys, (from + i) * kvHeads * headDim, kvHeads * headDim);
            System.arraycopy(v, vOffset + i * vStride, values, (from + i) * kvHeads * headDim, kvHeads * headDim);
        }
    }

    float key(int position, int head, int i) {
        return keys[(position * kvHeads + head) * headDim + i];
    }

    float value(int position, int head, int i) {
        return values[(position * kvHeads + head) * headDim + i];
    }
}
