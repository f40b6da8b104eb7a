package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;

/// The part of a layer of a decoder in which rows see the rows of their sequence before them: attention, or a
/// convolution. The rest of a layer looks at each row by itself.
///
/// Immutable; what it remembers of a sequence is in the [LayerState] that it makes.
public interface RowMixer {

    /// Mixes the rows of a batch, each with those before it in its sequence, which then holds them.
    ///
    /// @param x `[rows, dim]`, normalised
    /// @param layer by which [SequenceState#layer] knows its state
    /// @param angles of the rows of the batch
    /// @param y gets the shape `[rows, dim]`; must not be `x`
    Rows apply(Pass pass, Rows x, Batch batch, int layer, Positions.Angles angles, Rows y);

    /// As [DecoderLayer#newState].
    LayerState newState(int capacity, TensorType kv);

    /// As [DecoderLayer#bytes].
    long bytes(int rows, TensorType kv);
}
