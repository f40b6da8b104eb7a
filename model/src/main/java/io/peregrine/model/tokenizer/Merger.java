package io.peregrine.model.tokenizer;

import java.util.Arrays;

/// Joins neighbours of a row of symbols, the best pair first and of equal ones the leftmost, until no pair is
/// left: the loop that both kinds of byte pair encoding share. `n log n` for any input.
///
/// The row is a linked list over arrays; a joined symbol stays at the index of its first part. The heap may
/// hold entries of pairs that are gone: an entry counts only while its priority is that of the pair now at
/// its place. One thread at a time; its arrays are used again by the next row.
final class Merger {

    /// Which neighbours join.
    interface Pairs {

        long NONE = -1;

        /// The priority of the pair (upper half, smallest first) and the token it becomes (lower half), or
        /// [#NONE].
        long of(int left, int right);

        static long pair(int priority, int token) {
            return (long) priority << 32 | token;
        }
    }

    private int[] tokens = new int[64];
    private int[] next = new int[64];
    private int[] previous = new int[64];
    private int[] priorities = new int[64];

    /// What the pair that begins here becomes, or negative if it does not join.
    private int[] joined = new int[64];

    private final LongHeap heap = new LongHeap();
    private int size;

    /// Begins an empty row.
    void clear() {
        size = 0;
    }

    /// Appends a symbol; `token` is negative if it is no token by itself.
    void add(int token) {
        if (size == tokens.length) {
            int grown = Math.addExact(size, size >> 1);
            tokens = Arrays.copyOf(tokens, grown);
            next = Arrays.copyOf(next, grown);
            previous = Arrays.copyOf(previous, grown);
            priorities = Arrays.copyOf(priorities, grown);
            joined = Arrays.copyOf(joined, grown);
        }
        tokens[size] = token;
        next[size] = size + 1;
        previous[size] = size - 1;
        size++;
    }

    int size() {
        return size;
    }

    /// The token of the symbol that begins at `index`, or negative.
    int token(int index) {
        return tokens[index];
    }

    /// The index of the symbol after the one at `index`, [#size] after the last.
    int next(int index) {
        return next[index];
    }

    void run(Pairs pairs) {
        for (int i = 0; i < size; i++) {
            offer(i, pairs);
        }
        while (!heap.isEmpty()) {
            long entry = heap.removeSmallest();
            int left = (int) entry;
            if (joined[left] < 0 || priorities[left] != (int) (entry >> 32)) {
                continue;
            }
            int right = next[left];
            tokens[left] = joined[left];
            joined[right] = -1;
            next[left] = next[right];
            if (next[right] < size) {
                previous[next[right]] = left;
            }
            offer(left, pairs);
            if (previous[left] >= 0) {
                offer(previous[left], pairs);
            }
        }
    }

    private void offer(int left, Pairs pairs) {
        long pair = next[left] < size ? pairs.of(left, next[left]) : Pairs.NONE;
        joined[left] = (int) pair;
        if (joined[left] >= 0) {
            priorities[left] = (int) (pair >> 32);
            heap.add(pair & 0xFFFFFFFF00000000L | left);
        }
    }
}
