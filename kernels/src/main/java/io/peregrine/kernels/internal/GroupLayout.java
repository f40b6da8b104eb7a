package io.peregrine.kernels.internal;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How the blocks of [RowGroup#ROWS] rows lie side by side.
///
/// The rows' blocks of the same columns are interleaved field by field: first the 16-bit floats, each as 16 in the
/// order of the rows, then the words of 4 bytes, in the order in which a block has them
/// unless kernels need them in another:
///
/// ```
/// block of Q4_0      d  w0 w1 w2 w3
/// 16 of them         d d d ... d  w0 w0 ... w0  w1 w1 ... w1  w2 ... w2  w3 ... w3
/// ```
///
/// These are the bytes of the file in another order, and as many.
public final class GroupLayout {

    private static final int ROWS = RowGroup.ROWS;

    private static final ValueLayout.OfShort HALF =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Bits of a 16-bit float that are all set where it is no finite number.
    private static final int EXPONENT = 0x7C00;

    private static final int LOWEST_EXPONENT = 0x0400;
    private static final int OVERFLOW = 0x8000;

    /// Bytes of a row that are packed at a time, at most; together they stay in the second-level cache.
    private static final int STAGED = 1024;

    private final int elements;
    private final int blockBytes;

    /// Where in a block the 16-bit floats are.
    private final int[] halves;

    /// Where in a block the words are, in the order of the group.
    private final int[] words;

    private GroupLayout(TensorType type, int[] words, int... halves) {
        this.elements = type.blockElements();
        this.blockBytes = type.blockBytes();
        this.words = words;
        this.halves = halves;
    }

    /// The layout for a type, or null if its rows are not packed.
    public static @Nullable GroupLayout of(TensorType type) {
        return switch (type) {
            case Q4_0 -> new GroupLayout(type, inOrder(type, 2), 0);
            case Q4_K, Q5_K -> new GroupLayout(type, inOrder(type, 4), 0, 2);
            case Q6_K -> new GroupLayout(type, wordsOfQ6_K(), 208);
            default -> null;
        };
    }

    /// The words behind the 16-bit floats.
    private static int[] inOrder(TensorType type, int first) {
        int[] words = new int[(type.blockBytes() - first) / 4];
        Arrays.setAll(words, i -> first + 4 * i);
        return words;
    }

    /// The scales, then the weights in the order in which they are multiplied, because memory is read faster in order:
    /// two words of lower bits, 32 bytes apart, and the word of their upper bits.
    private static int[] wordsOfQ6_K() {
        int[] words = new int[52];
        for (int i = 0; i < 4; i++) {
            words[i] = 192 + 4 * i;
        }
        for (int i = 0; i < 16; i++) {
            int lower = i / 8 * 64 + i % 8 * 4;
            words[4 + 3 * i] = lower;
            words[5 + 3 * i] = lower + 32;
            words[6 + 3 * i] = 128 + 4 * i;
        }
        return words;
    }

    /// Bytes of a group of rows.
    ///
    /// @throws IllegalArgumentException if a row is not a whole number of blocks
    public long bytes(int columns) {
        return (long) ROWS * blockBytes * blocks(columns);
    }

    /// Memory for [#pack]. Used by one thread at a time.
    public static final class Staging {
        private final short[] stored = new short[ROWS * STAGED / 2];
        private final int[] packed = new int[ROWS * STAGED / 4];
    }

    /// Packs rows side by side; where there are fewer than a group has, the others are zero.
    ///
    /// @param rows memory of the stored rows from byte `at`, `rowBytes` apart
    /// @param count of these rows: 1 to [RowGroup#ROWS]
    /// @param group receives [#bytes] from byte `to`
    /// @return whether all 16-bit floats are finite; if not, the group must not be used
    /// @throws IndexOutOfBoundsException if `rows` or `group` is too short
    public boolean pack(
            MemorySegment rows,
            long at,
            long rowBytes,
            int count,
            int columns,
            MemorySegment group,
            long to,
            Staging staging) {
        Objects.checkIndex(count - 1, ROWS);
        short[] stored = staging.stored;
        int[] packed = staging.packed;
        int blocks = blocks(columns);
        int atOnce = STAGED / blockBytes;
        boolean finite = true;
        for (int first = 0; first < blocks; first += atOnce) {
            int staged = Math.min(atOnce, blocks - first);
            int bytes = staged * blockBytes;
            for (int r = 0; r < ROWS; r++) {
                int place = r * STAGED / 2;
                if (r < count) {
                    long from = at + r * rowBytes + (long) first * blockBytes;
                    MemorySegment.copy(rows, HALF, from, stored, place, bytes / 2);
                } else {
                    Arrays.fill(stored, place, place + bytes / 2, (short) 0);
                }
            }
            for (int b = 0; b < staged; b++) {
                finite &= interleave(stored, b * blockBytes / 2, packed, b * blockBytes * ROWS / 4);
            }
            MemorySegment.copy(packed, 0, group, WORD, to + (long) first * blockBytes * ROWS, bytes * ROWS / 4);
        }
        return finite;
    }

    /// One block of every row.
    private boolean interleave(short[] stored, int from, int[] packed, int to) {
        int exponents = 0;
        for (int half : halves) {
            int source = from + half / 2;
            for (int r = 0; r < ROWS; r += 2, to++) {
                short even = stored[source + r * (STAGED / 2)];
                short odd = stored[source + (r + 1) * (STAGED / 2)];
                packed[to] = even & 0xFFFF | odd << 16;
                // Carries into bit 15 if all bits of an exponent are set.
                exponents |= (even & EXPONENT) + LOWEST_EXPONENT | (odd & EXPONENT) + LOWEST_EXPONENT;
            }
        }
        for (int word : words) {
            int source = from + word / 2;
            for (int r = 0; r < ROWS; r++, to++) {
                int place = source + r * (STAGED / 2);
                packed[to] = stored[place] & 0xFFFF | stored[place + 1] << 16;
            }
        }
        return exponents < OVERFLOW;
    }

    private int blocks(int columns) {
        if (columns % elements != 0) {
            throw new IllegalArgumentException(
                    "a row of " + columns + " elements is no whole number of blocks of " + elements);
        }
        return columns / elements;
    }

    @Override
    public String toString() {
        return "16 blocks of " + blockBytes + " bytes, 16-bit floats at " + Arrays.toString(halves);
    }
}
