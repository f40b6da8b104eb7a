package io.peregrine.model.block;

import org.jspecify.annotations.Nullable;

/// From patches to rows for the decoder: patches of a square side by side, then an MLP; a norm on one side of that.
///
/// @param patchNorm of patches before they are merged, or null
/// @param squareNorm of merged squares, or null
/// @param mlp from the width of a square
public record SquareProjector(
        @Nullable RowNorm patchNorm, PixelShuffle squares, @Nullable RowNorm squareNorm, MlpProjector mlp) {

    /// Width of the rows that come out.
    public int out() {
        return mlp.out();
    }

    /// Floats of scratch for each square.
    public long scratchWidth() {
        return (long) mlp.first().in() + mlp.first().out();
    }

    /// @param x `[views * lines * columns, width]`, which may be overwritten
    /// @param lines of patches in a view
    /// @param columns of patches in a view
    /// @param y gets the shape `[views * squares, out]`
    public Rows apply(Pass pass, Rows x, int lines, int columns, Rows y) {
        if (patchNorm != null) {
            patchNorm.apply(pass, x, x);
        }
        Rows wide = squares.apply(x, lines, columns, pass.rows("mm.squares", 0, 0)); // [squares, factor^2 * width]
        if (squareNorm != null) {
            squareNorm.apply(pass, wide, wide);
        }
        return mlp.apply(pass, wide, y);
    }
}
