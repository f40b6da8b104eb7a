package io.peregrine.model.tokenizer;

import java.util.Arrays;

/// A binary heap of longs, smallest first.
final class LongHeap {

    private long[] items = new long[64];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    void add(long item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, Math.addExact(size, size >> 1));
        }
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (items[parent] <= item) {
                break;
            }
            items[at] = items[parent];
            at = parent;
        }
        items[at] = item;
    }

    /// Takes the smallest item out; the heap must not be empty.
    long removeSmallest() {
        long smallest = items[0];
        long last = items[--size];
        int at = 0;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && items[child + 1] < items[child]) {
                child++;
            }
            if (last <= items[child]) {
                break;
            }
            items[at] = items[child];
            at = child;
        }
        items[at] = last;
        return smallest;
    }
}
