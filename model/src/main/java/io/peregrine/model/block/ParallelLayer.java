package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;

/// A layer of a decoder whose attention and feed-forward part both work on the same normalised rows; what they make is
/// added to the rows together (GPT-J, Phi).
public record ParallelLayer(RowNorm norm, SelfAttention attention, Mlp mlp) implements DecoderLayer {

    @Override
    public void apply(Pass pass, Rows x, Batch batch, int index, Positions.Angles angles) {
        Rows normed = norm.apply(pass, x, pass.rows("normed", x.rows(), x.width()));
        Rows delta = pass.rows("delta", x.rows(), x.width());
        x.add(pass, attention.apply(pass, normed, batch, index, angles, delta));
        x.add(pass, mlp.apply(pass, normed, index, delta));
        pass.trace().rows("l_out", index, x);
    }

    @Override
    public LayerState newState(int capacity, TensorType kv) {
        return attention.newState(capacity, kv);
    }

    @Override
    public long bytes(int rows, TensorType kv) {
        return attention.bytes(rows, kv);
    }
}
