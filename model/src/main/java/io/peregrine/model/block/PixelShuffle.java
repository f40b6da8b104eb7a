package io.peregrine.model.block;

/// Makes one wide row of each square of patches: fewer rows for the decoder, and nothing lost. Called pixel shuffle by
/// Idefics3 and InternVL, pixel unshuffle by LFM2-VL.
///
/// The squares follow each other line by line. Within a row stand the patches of its square line by line, each
/// with all its elements: `[factor, factor, width]`.
///
/// Source: `huggingface/transformers : models/idefics3/modeling_idefics3.py` (`pixel_shuffle`).
///
/// @param factor patches on a side of a square, at least 1
public record PixelShuffle(int factor) {

    public PixelShuffle {
        if (factor < 1) {
            throw new IllegalArgumentException("squares of " + factor + " patches on a side");
        }
    }

    /// Width of the rows made of rows of `width`.
    ///
    /// @throws ArithmeticException if that is no int
    public int width(int width) {
        return Math.multiplyExact(Math.multiplyExact(factor, factor), width);
    }

    /// @param x `[views * lines * columns, width]`
    /// @param lines of patches in a view, a multiple of the factor
    /// @param columns of patches in a view, a multiple of the factor
    /// @param out gets the shape `[views * (lines / factor) * (columns / factor), factor * factor * width]`; must not
    ///     be `x`
    public Rows apply(Rows x, int lines, int columns, Rows out) {
        check(factor, x, lines, columns);
        int run = factor * x.width();
        out.shape(x.rows() / (factor * factor), width(x.width()));
        int square = 0;
        for (int line = 0; line < x.rows() / columns; line += factor) {
            for (int column = 0; column < columns; column += factor, square++) {
                for (int inner = 0; inner < factor; inner++) {
                    System.arraycopy(
                            x.data(),
                            x.offset((line + inner) * columns + column),
                            out.data(),
                            out.offset(square) + inner * run,
                            run);
                }
            }
        }
        return out;
    }

    /// Makes sure that rows are views of whole squares.
    static void check(int factor, Rows x, int lines, int columns) {
        if (lines < 1
                || columns < 1
                || lines % factor != 0
                || columns % factor != 0
                || x.rows() % Math.multiplyExact(lines, columns) != 0) {
            throw new IllegalArgumentException(x.rows() + " rows of views of " + lines + " x " + columns
                    + " patches in squares of " + factor + " x " + factor);
        }
    }
}
