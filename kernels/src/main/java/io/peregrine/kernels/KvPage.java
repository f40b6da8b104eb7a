package io.peregrine.kernels;

/// Keys and values of up to [io.peregrine.kernels.KvCache#PAGE] consecutive positions of one layer.
///
/// ```
/// page   [kvHeads]{ keys, values }
/// keys   [PAGE / 16, headDim, 16]     16 positions side by side, one line per element of the head
/// values [padded / 16, PAGE, 16]      16 elements side by side, one line per position
/// ```
///
/// Both are stacks of panels 16 numbers wide, read from front to back: a score is a panel of keys times a query, the
/// result a panel of values times the weights. `padded` is `headDim` rounded up to a multiple of 16; the elements
/// added are 0 and stay 0.
final class KvPage {

    /// Width of a panel: a whole number of vectors of any width.
    static final int PANEL = 16;

    private static final int PAGE = KvCache.PAGE;

    private final int headDim;
    private final int headSize;
    private final float[] floats;
    private final short[] halves;

    /// @param half whether elements are kept as F16, else as F32
    KvPage(boolean half, int kvHeads, int headDim) {
        this.headDim = headDim;
        this.headSize = Math.toIntExact(headSize(headDim));
        int size = Math.multiplyExact(kvHeads, headSize);
        this.floats = new float[half ? 0 : size];
        this.halves = new short[half ? size : 0];
    }

    /// `headDim` rounded up to whole panels.
    static int padded(int headDim) {
        return Math.ceilDiv(headDim, PANEL) * PANEL;
    }

    /// Elements of one head, keys and values.
    static long headSize(int headDim) {
        return (long) PAGE * (headDim + padded(headDim));
    }

    /// The elements of a page of F32, where panels begin at [#keysAt] and [#valuesAt].
    float[] floats() {
        return floats;
    }

    /// Index of the first panel of keys.
    int keysAt(int head) {
        return head * headSize;
    }

    /// Index of the first panel of values.
    int valuesAt(int head) {
        return head * headSize + PAGE * headDim;
    }

    /// Copies or converts `count` elements from index `from`.
    void read(int from, int count, float[] out, int outOffset) {
        if (halves.length == 0) {
            System.arraycopy(floats, from, out, outOffset, count);
        } else {
            for (int i = 0; i < count; i++) {
                out[outOffset + i] = Float.float16ToFloat(halves[from + i]);
            }
        }
    }

    /// Stores one position of one head; F16 rounds to nearest even.
    void store(int slot, int head, float[] k, int kOffset, float[] v, int vOffset) {
        int key = keyIndex(slot, head, 0);
        if (halves.length == 0) {
            for (int i = 0; i < headDim; i++) {
                floats[key + i * PANEL] = k[kOffset + i];
            }
            for (int i = 0; i < headDim; i += PANEL) {
                System.arraycopy(v, vOffset + i, floats, valueIndex(slot, head, i), Math.min(PANEL, headDim - i));
            }
        } else {
            for (int i = 0; i < headDim; i++) {
                halves[key + i * PANEL] = Float.floatToFloat16(k[kOffset + i]);
            }
            for (int i = 0; i < headDim; i++) {
                halves[valueIndex(slot, head, i)] = Float.floatToFloat16(v[vOffset + i]);
            }
        }
    }

    /// Element `i` of a key.
    float key(int slot, int head, int i) {
        return element(keyIndex(slot, head, i));
    }

    /// Element `i` of a value.
    float value(int slot, int head, int i) {
        return element(valueIndex(slot, head, i));
    }

    private int keyIndex(int slot, int head, int i) {
        return keysAt(head) + (slot / PANEL * headDim + i) * PANEL + slot % PANEL;
    }

    private int valueIndex(int slot, int head, int i) {
        return valuesAt(head) + (i / PANEL * PAGE + slot) * PANEL + i % PANEL;
    }

    private float element(int index) {
        return halves.length == 0 ? floats[index] : Float.float16ToFloat(halves[index]);
    }
}
