package io.peregrine.kernels.internal;

import io.peregrine.core.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/// The inner loops of matrix products, once as vectors and once as plain loops.
///
/// Loops get arguments that were checked: they read what they are told to read.
public interface ProductLoops {

    /// Rows of weights in a register tile.
    int TILE_ROWS = 6;

    /// Elements of a row that are decoded at a time: whole blocks of every format, and whole pieces of [#TILE_DEPTH].
    /// Long stretches, because a decoder takes a while to begin, and because memory is read faster in order.
    int STRETCH = 2048;

    /// Distance of decoded rows. Not a power of two, so that rows do not compete for cache sets.
    int STRIDE = STRETCH + 16;

    /// The longest piece of decoded rows that a tile multiplies.
    int TILE_DEPTH = 256;

    /// The depth of a tile is a multiple of this.
    int TILE_UNROLL = 2;

    /// Tokens in a tile of [#dots].
    int DOT_TOKENS = 4;

    /// Its depth is a multiple of this, which is at least the lanes of any vector.
    int DOT_UNROLL = 16;

    /// Rows of weights in a tile of [#dots]: 2 or 4.
    int dotRows();

    /// Partial sums that a dot product leaves, to be folded by [#sum].
    int lanes();

    /// Tokens side by side in a panel of activations.
    int panel();

    /// The fused inner product of a stored row, or null where rows are decoded to floats first.
    @Nullable RowDot rowDot(TensorType type);

    /// The fused inner product of a stored row with rounded activations, or null where there is none or where it would
    /// not be faster.
    @Nullable RoundedDot roundedDot(TensorType type);

    /// Rounds `count` elements of `x` from `xOffset`, whole blocks of [RoundedRow#BLOCK].
    void round(float[] x, int xOffset, int count, RoundedRow row);

    /// Adds the products of `count` pairs to the partial sums `lanes[at .. at + lanes())`.
    void dot(float[] w, int wOffset, float[] x, int xOffset, int count, float[] lanes, int at);

    /// Adds the products of [#dotRows] rows of weights with [#DOT_TOKENS] rows of activations to their partial sums.
    /// Each product is the same sequence of operations wherever it stands in a tile.
    ///
    /// @param w rows `wStride` apart, from `wOffset`
    /// @param x rows `xStride` apart, from `xOffset`
    /// @param depth a multiple of [#DOT_UNROLL]
    /// @param lanes `[dotRows(), DOT_TOKENS, lanes()]` from `at`
    void dots(
            float[] w,
            int wOffset,
            int wStride,
            float[] x,
            int xOffset,
            int xStride,
            int depth,
            float[] lanes,
            int at);

    /// The sum of the partial sums from `at`, in a fixed order; overwrites them.
    float sum(float[] lanes, int at);

    /// Adds a product of [#TILE_ROWS] rows of weights with the tokens of a panel:
    /// `out[r][t] += sum over i < depth of w[r][i] * x[i][t]`.
    ///
    /// @param w rows [#STRIDE] apart, from `wOffset`
    /// @param x `[depth, panel()]` from `xOffset`
    /// @param depth a multiple of [#TILE_UNROLL]
    /// @param out `[TILE_ROWS, panel()]` from `outOffset`, and as much again from `spare`, which is overwritten
    void tile(float[] w, int wOffset, float[] x, int xOffset, int depth, float[] out, int outOffset, int spare);
}
