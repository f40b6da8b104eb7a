package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.KvCache;
import java.util.Set;

/// The keys and values of an attention layer: all of them, or those that its window may still see.
///
/// A layer with a window keeps the rows that the row to come sees, and besides them as many as a chunk of a prompt has
/// ([SequenceState#CHUNK]): a chunk needs that room while it is computed, and behind a shorter answer it serves to go
/// back to where the answer began. Rows are forgotten right before others are stored, page by page, so that a pass that
/// is broken off can be repeated.
///
/// @param window rows that a row sees at most, the last of which is itself; [Integer#MAX_VALUE] for all
public record KeyValueState(KvCache cache, int window) implements LayerState {

    /// @param capacity the largest number of rows
    /// @param kv F32 or F16
    static KeyValueState of(int kvHeads, int headDim, int capacity, TensorType kv, int window) {
        return new KeyValueState(new KvCache(kv, kvHeads, headDim, capacity), window);
    }

    /// How many rows are held of a sequence at most, if no block of a picture is longer than a chunk.
    static long mostRows(int rows, int window) {
        return Math.min(rows, (long) window + SequenceState.CHUNK + 2 * KvCache.PAGE);
    }

    /// Forgets rows that neither the rows to come see nor there is room for.
    ///
    /// @param slot of the first row to come
    /// @param rows so many come
    void makeRoom(int slot, int rows) {
        long unseen = firstSeen(slot);
        long room = (long) slot + rows - window - SequenceState.CHUNK;
        cache.forget((int) Math.max(0, Math.min(unseen, room)));
    }

    /// The first row that row `slot` sees, or a negative number.
    private long firstSeen(int slot) {
        return slot + 1L - window;
    }

    @Override
    public int restorable(int length) {
        return firstSeen(length) >= cache.first() || cache.first() == 0 ? length : 0;
    }

    @Override
    public void truncate(int length) {
        if (cache.positions() > length) {
            cache.truncate(length);
        }
    }

    @Override
    public KeyValueState fork(int length) {
        return new KeyValueState(cache.fork(length), window);
    }

    @Override
    public long bytes(Set<Object> counted) {
        return cache.bytes(counted);
    }
}
