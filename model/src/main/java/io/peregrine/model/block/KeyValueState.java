package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.KvCache;

/// The keys and values of an attention layer, all of them.
public record KeyValueState(KvCache cache) implements LayerState {

    /// @param capacity the largest number of rows
    /// @param kv F32 or F16
    static KeyValueState of(int kvHeads, int headDim, int capacity, TensorType kv) {
        return new KeyValueState(new KvCache(kv, kvHeads, headDim, capacity));
    }

    @Override
    public int restorable(int length) {
        return length;
    }

    @Override
    public void truncate(int length) {
        if (cache.positions() > length) {
            cache.truncate(length);
        }
    }
}
