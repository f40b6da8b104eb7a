package io.peregrine.kernels.internal;

import io.peregrine.core.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/// The inner loops of matrix products, once as vectors and once as plain loops.
///
/// Loops get arguments that were checked: they read what they are told to read.
public interface ProductLoops {

    /// Tokens side by side in a panel of activations: two vectors. A constant, so that the compiler can take range
    /// checks out of loops.
    int PANEL = Simd.VECTOR ? 2 * Simd.BITS / Float.SIZE : 16;

    /// Elements of rows that are decoded for tiles at a time: whole blocks of every format.
    int TILE_STRETCH = 1024;

    /// Distance of the rows of a tile. Not a power of two, so that rows do not compete for cache sets.
    int TILE_STRIDE = TILE_STRETCH + 16;

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

    /// Rows of weights in a register tile: a divisor of 96.
    int tileRows();

    /// Elements that a tile is best given at a time, at most: a divisor of [#TILE_STRETCH].
    int tileDepth();

    /// Memory for packed activations, as [#tile] reads it.
    TokenPanels newPanels();

    /// A product of [#tileRows] rows of weights with the tokens of a panel:
    /// `out[r][t] = sum over i < depth of w[r][i] * x[i][t]`.
    ///
    /// @param w rows [#TILE_STRIDE] apart, from `wOffset`
    /// @param x `[depth, PANEL]` from element `xOffset`
    /// @param depth a multiple of [#TILE_UNROLL]
    /// @param out `[tileRows(), PANEL]` from `outOffset`
    void tile(float[] w, int wOffset, TokenPanels x, int xOffset, int depth, float[] out, int outOffset);

    /// Adds the results of a tile to earlier ones: `out[to + i] += out[from + i]` for all of them.
    void addTile(float[] out, int from, int to);
}
