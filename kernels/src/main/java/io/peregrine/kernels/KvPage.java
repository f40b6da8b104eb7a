package io.peregrine.kernels;

import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.vector.HalfPanels;
import java.util.Arrays;

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
///
/// Of F16, two vectors that follow each other share one run of memory: the numbers of the first are the lower halves
/// of 32-bit lanes, those of the second the upper ones, so that a load, shifts and masks make two vectors of floats.
/// That leaves the exponents 112 too small, which the other factor of a product makes up for. The subnormal numbers
/// of F16 would become subnormal floats, which processors are very slow with: therefore the numbers of a head are
/// kept times [#KEY_SCALE] and [#VALUE_SCALE], which is exact and leaves hardly a subnormal one, until a number comes
/// that is too large for that, or not finite. From then on the head is *plain*. So are heads of odd sizes, of which
/// vectors are not paired.
final class KvPage {

    /// Width of a panel: a whole number of vectors of any width.
    static final int PANEL = 16;

    /// Factor of keys in a page of F16.
    static final float KEY_SCALE = 0x1p5f;

    /// Factor of values in a page of F16.
    static final float VALUE_SCALE = 0x1p8f;

    private static final float LARGEST_HALF = 65_504;
    private static final int PAGE = KvCache.PAGE;
    private static final int[] PLACES = places();

    private final int headDim;
    private final int headSize;
    private final float[] floats;
    private final short[] halves;
    private final boolean[] plain;
    private final boolean paired;
    private boolean shared;

    /// @param half whether elements are kept as F16, else as F32
    KvPage(boolean half, int kvHeads, int headDim) {
        this.headDim = headDim;
        this.headSize = Math.toIntExact(headSize(headDim));
        int size = Math.multiplyExact(kvHeads, headSize);
        this.floats = new float[half ? 0 : size];
        this.halves = new short[half ? size : 0];
        this.plain = new boolean[kvHeads];
        this.paired = half && Simd.VECTOR && headDim % HalfPanels.ROWS == 0;
        Arrays.fill(plain, half && !paired);
    }

    private KvPage(KvPage other) {
        this.headDim = other.headDim;
        this.headSize = other.headSize;
        this.floats = other.floats.clone();
        this.halves = other.halves.clone();
        this.plain = other.plain.clone();
        this.paired = other.paired;
    }

    /// From now on several caches hold it: nobody stores in it any more.
    KvPage share() {
        shared = true;
        return this;
    }

    /// A page to store in: this one, or a copy if it is shared.
    KvPage own() {
        return shared ? new KvPage(this) : this;
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

    /// The elements of a page of F16, as above.
    short[] halves() {
        return halves;
    }

    /// Whether the F16 numbers of a head are kept as they are, else times [#KEY_SCALE] and [#VALUE_SCALE].
    boolean plain(int head) {
        return plain[head];
    }

    /// Index of the first panel of keys.
    int keysAt(int head) {
        return head * headSize;
    }

    /// Index of the first panel of values.
    int valuesAt(int head) {
        return head * headSize + PAGE * headDim;
    }

    /// Copies `count` elements of keys from index `from`, or converts them and multiplies by `unit`, a power of two.
    ///
    /// @param from index of a panel, or of a row of it that is a multiple of 16
    /// @param count of whole panels, or of a multiple of 16 rows
    void readKeys(int head, int from, int count, float unit, float[] out, int outOffset) {
        read(from, count, plain[head] ? unit : unit / KEY_SCALE, out, outOffset);
    }

    /// As [#readKeys] for values.
    void readValues(int head, int from, int count, float unit, float[] out, int outOffset) {
        read(from, count, plain[head] ? unit : unit / VALUE_SCALE, out, outOffset);
    }

    private void read(int from, int count, float factor, float[] out, int outOffset) {
        if (halves.length == 0) {
            System.arraycopy(floats, from, out, outOffset, count);
            return;
        }
        if (paired) {
            HalfPanels.decode(halves, from, count, factor, out, outOffset);
            return;
        }
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = Float.float16ToFloat(halves[from + i]) * factor;
        }
    }

    /// Stores one position of one head; F16 rounds to nearest even.
    void store(int slot, int head, float[] k, int kOffset, float[] v, int vOffset) {
        if (halves.length == 0) {
            int key = keyIndex(slot, head, 0);
            for (int i = 0; i < headDim; i++) {
                floats[key + i * PANEL] = k[kOffset + i];
            }
            for (int i = 0; i < headDim; i += PANEL) {
                System.arraycopy(v, vOffset + i, floats, valueIndex(slot, head, i), Math.min(PANEL, headDim - i));
            }
            return;
        }
        if (!plain[head] && !(fits(k, kOffset, KEY_SCALE) && fits(v, vOffset, VALUE_SCALE))) {
            makePlain(head);
        }
        float keyScale = plain[head] ? 1 : KEY_SCALE;
        float valueScale = plain[head] ? 1 : VALUE_SCALE;
        for (int i = 0; i < headDim; i++) {
            halves[keyIndex(slot, head, i)] = half(k[kOffset + i], keyScale);
            halves[valueIndex(slot, head, i)] = half(v[vOffset + i], valueScale);
        }
    }

    private boolean fits(float[] x, int offset, float scale) {
        boolean fits = true;
        for (int i = 0; i < headDim; i++) {
            fits &= Math.abs(x[offset + i]) * scale <= LARGEST_HALF;
        }
        return fits;
    }

    /// A number rounded to F16, then multiplied by a power of two.
    private static short half(float x, float scale) {
        return Float.floatToFloat16(Float.float16ToFloat(Float.floatToFloat16(x)) * scale);
    }

    private void makePlain(int head) {
        int values = valuesAt(head);
        int end = head * headSize + headSize;
        for (int i = keysAt(head); i < end; i++) {
            float scale = i < values ? KEY_SCALE : VALUE_SCALE;
            halves[i] = Float.floatToFloat16(Float.float16ToFloat(halves[i]) / scale);
        }
        plain[head] = true;
    }

    /// Element `i` of a key.
    float key(int slot, int head, int i) {
        return element(keyIndex(slot, head, i), plain[head] ? 1 : KEY_SCALE);
    }

    /// Element `i` of a value.
    float value(int slot, int head, int i) {
        return element(valueIndex(slot, head, i), plain[head] ? 1 : VALUE_SCALE);
    }

    private float element(int index, float scale) {
        return halves.length == 0 ? floats[index] : Float.float16ToFloat(halves[index]) / scale;
    }

    private int keyIndex(int slot, int head, int i) {
        return keysAt(head) + slot / PANEL * PANEL * headDim + place(i, slot % PANEL);
    }

    private int valueIndex(int slot, int head, int i) {
        return valuesAt(head) + i / PANEL * PANEL * PAGE + place(slot, i % PANEL);
    }

    /// Where a panel has number `column` of row `row`.
    private int place(int row, int column) {
        int in = row % 2 * PANEL + column;
        return (row - row % 2) * PANEL + (paired ? PLACES[in] : in);
    }

    /// Places of the numbers of two rows: those of two vectors take turns.
    private static int[] places() {
        int[] places = new int[2 * PANEL];
        int lanes = Math.max(1, Simd.BITS / Float.SIZE);
        for (int i = 0; i < places.length; i++) {
            int lane = i % (2 * lanes);
            places[i] = i - lane + lane % lanes * 2 + lane / lanes;
        }
        return places;
    }
}
