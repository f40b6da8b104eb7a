package io.peregrine.model.block;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.Shape;
import io.peregrine.kernels.Elementwise;
import io.peregrine.kernels.Matrix;

/// The table that turns tokens into the rows which enter a decoder, beside rows of images.
///
/// @param table `[vocab, dim]`
public record TokenEmbedding(Matrix table) {

    /// Binds the table `name`.
    ///
    /// @param vocab the number of tokens of the file's vocabulary
    public static TokenEmbedding bind(Weights w, String name, int vocab, int dim) {
        Shape shape = w.shape(name);
        if (shape.rank() == 2 && shape.columns() == dim && shape.rows() != vocab) {
            throw new ModelFormatException(
                    w.fileName(),
                    "tensor " + name,
                    shape.rows() + " rows",
                    vocab + ", one for each token of tokenizer.ggml.tokens",
                    "the vocabulary and the weights are of different models");
        }
        return new TokenEmbedding(w.matrix(name, vocab, dim));
    }

    /// @param tokenScale what rows of tokens are multiplied by
    /// @param pictureScale what other rows are multiplied by
    /// @param x gets the shape `[batch rows, dim]`
    public Rows apply(Pass pass, Batch batch, float tokenScale, float pictureScale, Rows x) {
        int dim = table.columns();
        x.shape(batch.rows(), dim);
        for (int row = 0; row < batch.rows(); row++) {
            boolean picture = batch.token(row) == Batch.EMBEDDING;
            if (picture) {
                batch.embedding(row, 0, x.data(), x.offset(row), dim);
            } else {
                table.row(batch.token(row), x.data(), x.offset(row));
            }
            float scale = picture ? pictureScale : tokenScale;
            if (scale != 1) {
                Elementwise.scale(pass.compute(), x.data(), x.offset(row), dim, scale);
            }
        }
        return x;
    }

    /// The rows of tokens.
    ///
    /// @param x `[rows, dim]`, long enough
    /// @param firstRow where they begin in `x`
    public void apply(int[] tokens, Rows x, int firstRow) {
        for (int i = 0; i < tokens.length; i++) {
            table.row(tokens[i], x.data(), x.offset(firstRow + i));
        }
    }
}
