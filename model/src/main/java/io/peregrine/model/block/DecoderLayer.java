package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;

/// A layer of a decoder: rows in, the same rows changed.
///
/// Immutable; what it remembers of a sequence is in the [LayerState] that it makes.
public interface DecoderLayer {

    /// Computes all rows of the batch in place. Rows of a sequence see what the layer remembers of it, and are then
    /// remembered themselves.
    ///
    /// @param x `[rows, dim]`
    /// @param index of the layer, by which [SequenceState#layer] knows its state
    /// @param angles of the rows of the batch
    void apply(Pass pass, Rows x, Batch batch, int index, Positions.Angles angles);

    /// What it remembers of a sequence without rows.
    ///
    /// @param capacity the largest number of rows
    /// @param kv F32 or F16: how keys and values are kept
    LayerState newState(int capacity, TensorType kv);

    /// Bytes of heap that it takes at most to remember a sequence; layers that forget do not take more for a longer one.
    ///
    /// @param rows of the sequence, any number up to [Integer#MAX_VALUE]
    /// @param kv F32 or F16
    long bytes(int rows, TensorType kv);
}
