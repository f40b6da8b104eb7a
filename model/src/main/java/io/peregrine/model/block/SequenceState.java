package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.KvCache;

/// What a decoder remembers of one sequence: the keys and values of its rows, layer by layer.
///
/// Rows occupy consecutive slots from 0. A row's slot is its place in the sequence; its position, which the
/// rotary embedding sees, may differ (rows of an image can share positions). Belongs to one session.
public final class SequenceState {

    private final KvCache[] layers;
    private final int capacity;
    private int length;
    private int variant;

    /// @param capacity the largest number of rows
    public SequenceState(int layers, int kvHeads, int headDim, int capacity, TensorType type) {
        this.layers = new KvCache[layers];
        for (int i = 0; i < layers; i++) {
            this.layers[i] = new KvCache(type, kvHeads, headDim, capacity);
        }
        this.capacity = capacity;
    }

    /// Bytes that one row takes in all layers together.
    ///
    /// @param type F32 or F16
    public static long bytesPerRow(int layers, int kvHeads, int headDim, TensorType type) {
        return Math.multiplyExact(2L * layers * kvHeads, type.rowBytes(headDim));
    }

    public KvCache layer(int index) {
        return layers[index];
    }

    public int capacity() {
        return capacity;
    }

    /// Rows held.
    public int length() {
        return length;
    }

    /// The variant of the model ([Decoder#variant]) that has computed its rows, and computes those to come;
    /// 0 at first.
    public int variant() {
        return variant;
    }

    /// Takes the variant that computes the rows to come; rows of another one are forgotten.
    public void use(int newVariant) {
        if (newVariant != variant) {
            truncate(0);
            variant = newVariant;
        }
    }

    /// Counts rows that all layers have stored behind the held ones.
    public void advance(int rows) {
        if (rows < 0 || rows > capacity - length) {
            throw new IllegalArgumentException(rows + " rows after " + length + " of " + capacity);
        }
        length += rows;
    }

    /// Forgets all rows from `newLength` on.
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("length " + newLength + " of " + length);
        }
        length = newLength;
        for (KvCache layer : layers) {
            if (layer.positions() > newLength) {
                layer.truncate(newLength);
            }
        }
    }
}
