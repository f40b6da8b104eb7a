package io.peregrine.kernels.internal;

import java.lang.foreign.MemorySegment;

/// The inner product of a row of weights, as it is stored, with a row of activations rounded to integers: products and
/// sums of a few are exact in 16-bit lanes, of which a vector has twice as many. Where vectors are so wide that
/// floats are as fast, a loop may take the activations as they were instead.
///
/// As [RowDot] otherwise.
public interface RoundedDot {

    /// The largest rounded activation with which no sum leaves 16 bits.
    int range();

    /// Adds the products of `count` pairs to the partial sums of the scratch memory.
    ///
    /// @param data native memory that holds the row from byte `at`
    /// @param count elements of the row, whole blocks
    /// @param x the activations from `xOffset`
    /// @param rounded the same, rounded to [#range]
    /// @param scratch prepared for a row of `count` elements
    void dot(
            MemorySegment data, long at, int count, float[] x, int xOffset, RoundedRow rounded, RowScratch scratch);
}
