package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.encode.BlockEncoder;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Floats to blocks: the opposite of [io.peregrine.kernels.format.BlockFormat#decode]. The blocks decode to elements
/// whose squared differences from the floats are, added up, about as small as the format allows.
public final class Encoder {

    private Encoder() {}

    /// Whether blocks of this type can be made: floats, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K and Q6_K.
    public static boolean supports(TensorType type) {
        return BlockEncoder.supports(type);
    }

    /// The first of `count` elements from `x[offset]` on that the type cannot hold, as an index of `x`, or -1: NaN
    /// and infinities in any type, and what is beyond the largest float of 16 bits in those that have such.
    public static int firstUnfit(TensorType type, float[] x, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, x.length);
        // The halves of the largest float and of the step above it: from here on rounding gives an infinity.
        float limit = switch (type) {
            case F32 -> Float.POSITIVE_INFINITY;
            case BF16 -> 0x1.FFp127f;
            default -> 65520;
        };
        for (int i = offset; i < offset + count; i++) {
            if (!(Math.abs(x[i]) < limit)) {
                return i;
            }
        }
        return -1;
    }

    /// Encodes `count` elements from `x[offset ..]` to `out` from byte `at`. The bytes depend on nothing but the
    /// elements. May be called by any thread; allocates a few kilobytes, whatever the count.
    ///
    /// @param count a multiple of the block's elements
    /// @param x elements that fit the type, see [#firstUnfit]
    /// @throws IllegalArgumentException if `count` is not a whole number of blocks, or `type` has no encoder
    /// @throws IndexOutOfBoundsException if `x` or `out` is too short
    public static void encode(TensorType type, float[] x, int offset, int count, MemorySegment out, long at) {
        BlockEncoder encoder = BlockEncoder.of(type);
        long bytes = type.rowBytes(count);
        Objects.checkFromIndexSize(offset, count, x.length);
        Objects.checkFromIndexSize(at, bytes, out.byteSize());
        int blocks = count / type.blockElements();
        for (int block = 0; block < blocks; block++) {
            encoder.encode(x, offset + block * type.blockElements(), out, at + (long) block * type.blockBytes());
        }
    }
}
