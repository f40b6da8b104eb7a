package io.peregrine.model.block;

import io.peregrine.kernels.Matrix;

/// The table that turns tokens into the rows which enter a decoder; rows of images pass unchanged.
///
/// @param table `[vocab, dim]`
public record TokenEmbedding(Matrix table) {

    /// @param x gets the shape `[batch rows, dim]`
    public Rows apply(Batch batch, Rows x) {
        int dim = table.columns();
        x.shape(batch.rows(), dim);
        for (int row = 0; row < batch.rows(); row++) {
            if (batch.token(row) == Batch.EMBEDDING) {
                batch.embedding(row, x.data(), x.offset(row), dim);
            } else {
                table.row(batch.token(row), x.data(), x.offset(row));
            }
        }
        return x;
    }
}
