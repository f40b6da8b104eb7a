package io.peregrine.core.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Names that lie in a file, to find one that occurs twice: 20 to 28 bytes for each, none of them an object.
///
/// Open addressing with a hash that is multilinear over random keys drawn anew each time, so that no file can
/// be made to collide. Source of the hash: Lemire and Kaser, "Strongly universal string hashing is fast"
/// (2014).
final class NameSet {

    private final MemorySegment bytes;
    private final long[] offsets;
    private final int[] lengths;
    /// Index of a name plus one, or 0.
    private final int[] slots;

    private final long[] keys;
    private int size;

    /// @param bytes the file
    /// @param count how many names will be added at most
    /// @param longest bytes of the longest name
    NameSet(MemorySegment bytes, int count, int longest) {
        this.bytes = bytes;
        this.offsets = new long[count];
        this.lengths = new int[count];
        this.slots = new int[Integer.highestOneBit(Math.max(1, count)) * 4];
        this.keys = new long[longest + 1];
        SplittableRandom random = new SplittableRandom();
        for (int i = 0; i < keys.length; i++) {
            keys[i] = random.nextLong();
        }
    }

    /// Adds the name that lies there.
    ///
    /// @return the offset of the same name added before, or -1
    long add(long offset, int length) {
        int slot = hash(offset, length) & (slots.length - 1);
        while (slots[slot] != 0) {
            int other = slots[slot] - 1;
            if (lengths[other] == length
                    && MemorySegment.mismatch(
                                    bytes, offset, offset + length, bytes, offsets[other], offsets[other] + length)
                            < 0) {
                return offsets[other];
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        offsets[size] = offset;
        lengths[size] = length;
        slots[slot] = ++size;
        return -1;
    }

    private int hash(long offset, int length) {
        long sum = keys[0];
        for (int i = 0; i < length; i++) {
            sum += keys[i + 1] * (bytes.get(ValueLayout.JAVA_BYTE, offset + i) + 129L);
        }
        return (int) (sum >>> 32);
    }
}
