package io.peregrine.model.tokenizer;

import java.util.SplittableRandom;

/// A hash map from long to non-negative int with open addressing, for a known number of entries.
///
/// The hash is seeded per process: no file can be made so that its keys collide.
final class LongIntMap {

    private static final long SEED = new SplittableRandom().nextLong();

    private final long[] keys;
    private final int[] values;
    private final int mask;
    private int size;

    /// @param capacity the most entries that will be put in
    LongIntMap(int capacity) {
        int slots = Integer.highestOneBit(2 * Math.max(4, capacity) - 1) << 1;
        this.keys = new long[slots];
        this.values = new int[slots];
        this.mask = slots - 1;
    }

    /// The value of a key, or -1.
    int get(long key) {
        for (int slot = slot(key); values[slot] != 0; slot = slot + 1 & mask) {
            if (keys[slot] == key) {
                return values[slot] - 1;
            }
        }
        return -1;
    }

    /// Puts a value unless the key has one already.
    void putIfAbsent(long key, int value) {
        int slot = slot(key);
        while (values[slot] != 0) {
            if (keys[slot] == key) {
                return;
            }
            slot = slot + 1 & mask;
        }
        if (size++ > mask >> 1) {
            throw new IllegalStateException("more entries than the capacity given");
        }
        keys[slot] = key;
        values[slot] = value + 1;
    }

    private int slot(long key) {
        long mixed = (key ^ SEED) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
        return (int) (mixed >>> 32) & mask;
    }
}
