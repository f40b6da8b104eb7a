package io.peregrine.kernels;

import java.util.Arrays;

/// Keys and values as rows of activations, for attention without a cache.
final class KeyValueRows implements KeyValues {

    private static final int PANEL = KvPage.PANEL;

    private int headDim;
    private float[] k = {};
    private int kOffset;
    private int kStride;
    private float[] v = {};
    private int vOffset;
    private int vStride;

    void set(int headDim, float[] k, int kOffset, int kStride, float[] v, int vOffset, int vStride) {
        this.headDim = headDim;
        this.k = k;
        this.kOffset = kOffset;
        this.kStride = kStride;
        this.v = v;
        this.vOffset = vOffset;
        this.vStride = vStride;
    }

    @Override
    public void load(int kvHead, int tile, int from, int to, float[] m, int keys, int values) {
        for (int key = from; key < to; key++) {
            int row = tile * TILE + key;
            key(kOffset + row * kStride + kvHead * headDim, m, keys + key / PANEL * PANEL * headDim + key % PANEL);
            value(vOffset + row * vStride + kvHead * headDim, m, values + key * PANEL);
        }
    }

    @Override
    public void copy(int kvHead, int from, int to, float[] m, int keys, int values) {
        for (int p = from; p < to; p++) {
            int row = (p - from) * headDim;
            System.arraycopy(k, kOffset + p * kStride + kvHead * headDim, m, keys + row, headDim);
            System.arraycopy(v, vOffset + p * vStride + kvHead * headDim, m, values + row, headDim);
        }
    }

    private void key(int at, float[] m, int to) {
        for (int d = 0; d < headDim; d++) {
            m[to + d * PANEL] = k[at + d];
        }
    }

    private void value(int at, float[] m, int to) {
        for (int d = 0; d < headDim; d += PANEL) {
            int count = Math.min(PANEL, headDim - d);
            int panel = to + d * TILE;
            System.arraycopy(v, at + d, m, panel, count);
            Arrays.fill(m, panel + count, panel + PANEL, 0);
        }
    }
}
