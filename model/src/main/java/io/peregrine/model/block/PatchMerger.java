package io.peregrine.model.block;

/// Makes one row of each square of patches by a learned matrix over all of their elements: Mistral Small 3, LightOnOCR.
///
/// Inputs of the matrix are sorted by channel first, then by line and column in the square, as `torch.nn.Unfold` has it.
///
/// Source: `huggingface/transformers : models/mistral3/modeling_mistral3.py` (`Mistral3PatchMerger`).
///
/// @param shuffle the squares
/// @param merger `[dim, dim * factor * factor]`
public record PatchMerger(PixelShuffle shuffle, Linear merger) {

    /// @param x `[views * lines * columns, dim]`
    /// @param lines of patches in a view, a multiple of the factor
    /// @param columns of patches in a view, a multiple of the factor
    /// @param out gets the shape `[views * (lines / factor) * (columns / factor), dim]`
    public Rows apply(Pass pass, Rows x, int lines, int columns, Rows out) {
        int dim = x.width();
        Rows squares = shuffle.apply(x, lines, columns, pass.rows("merger.squares", 0, 0));
        Rows sorted = pass.rows("merger.sorted", squares.rows(), squares.width()); // [squares, dim, factor, factor]
        int patches = squares.width() / dim;
        for (int row = 0; row < squares.rows(); row++) {
            int at = squares.offset(row);
            for (int patch = 0; patch < patches; patch++) {
                for (int c = 0; c < dim; c++) {
                    sorted.data()[at + c * patches + patch] = squares.data()[at + patch * dim + c];
                }
            }
        }
        return merger.apply(pass, sorted, out);
    }
}
