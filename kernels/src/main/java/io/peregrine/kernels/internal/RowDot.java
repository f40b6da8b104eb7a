package io.peregrine.kernels.internal;

import java.lang.foreign.MemorySegment;

/// The inner product of a row of weights, as it is stored, with a row of activations.
///
/// One class per format, so that each has its own profile and its own compiled loop: a loop shared by three formats
/// is ten times slower. Vectors stay inside the method; what leaves it are the partial sums, stored to an array.
@FunctionalInterface
public interface RowDot {

    /// Adds the products of `count` pairs to the partial sums of the scratch memory.
    ///
    /// @param data native memory that holds the row from byte `at`
    /// @param count elements of the row, whole blocks
    /// @param scratch prepared for a row of `count` elements
    void dot(MemorySegment data, long at, int count, float[] x, int xOffset, RowScratch scratch);
}
