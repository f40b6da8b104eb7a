package io.peregrine.model.block;

import io.peregrine.kernels.Elementwise;

/// Makes one row of each square of patches, their mean.
///
/// @param factor patches on a side of a square, at least 1
public record PatchMean(int factor) {

    public PatchMean {
        if (factor < 1) {
            throw new IllegalArgumentException("squares of " + factor + " patches on a side");
        }
    }

    /// @param x `[views * lines * columns, width]`, line by line
    /// @param lines of patches in a view, a multiple of the factor
    /// @param columns of patches in a view, a multiple of the factor
    /// @param out gets the shape `[views * (lines / factor) * (columns / factor), width]`, line by line; must not be `x`
    public Rows apply(Pass pass, Rows x, int lines, int columns, Rows out) {
        PixelShuffle.check(factor, x, lines, columns);
        int width = x.width();
        out.shape(x.rows() / (factor * factor), width);
        int squares = columns / factor;
        for (int row = 0; row < x.rows(); row++) {
            int line = row / columns;
            int column = row % columns;
            int to = out.offset(line / factor * squares + column / factor);
            if (line % factor == 0 && column % factor == 0) {
                System.arraycopy(x.data(), x.offset(row), out.data(), to, width);
            } else {
                Elementwise.add(pass.compute(), out.data(), to, x.data(), x.offset(row), width);
            }
        }
        return out.scale(pass, 1f / (factor * factor));
    }
}
