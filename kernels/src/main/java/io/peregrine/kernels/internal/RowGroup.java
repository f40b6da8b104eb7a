package io.peregrine.kernels.internal;

import java.lang.foreign.MemorySegment;

/// The products of a group of rows of weights, packed side by side, with one row of activations: a lane of a vector
/// belongs to a row.
///
/// A kernel has no state and may be used by any thread. Its result depends on the width of the vectors, and on
/// nothing else.
public interface RowGroup {

    /// Rows in a group.
    int ROWS = 16;

    /// The most that [#tokens] may be.
    int MOST_TOKENS = 8;

    /// Whether a copy of the weights pays: where a vector has a lane for every row. Kernels work with narrower vectors
    /// too, but are then hardly faster than rows as they are stored.
    boolean PAYS = Simd.BITS == ROWS * Integer.SIZE;

    /// Floats that [#dot] needs for the sums: these first, then scratch memory.
    int SUMS = 17 * ROWS;

    /// Up to so many tokens of different sequences are multiplied faster one by one than with rows decoded once for
    /// all: at most [#MOST_TOKENS].
    int tokens();

    /// Rounds `count` activations of `x` from `xOffset`, whole blocks, as finely as sums in 16 bits allow, and arranges
    /// them for [#dot] of this kernel.
    ///
    /// @param row what it gets is for this kernel only
    void arrange(float[] x, int xOffset, int count, GroupRow row);

    /// Adds the products of the rows with the activations to `sums`: `sums[r] += sum over i < count of
    /// w[r][i] * x[i]`.
    ///
    /// @param group native memory that holds the packed rows from byte `at`; see [GroupLayout]
    /// @param count elements of a row, whole blocks
    /// @param x as many activations, arranged by this kernel
    /// @param sums `[SUMS]`, of which the first [#ROWS] are the sums and the others are overwritten
    void dot(MemorySegment group, long at, int count, GroupRow x, float[] sums);
}
