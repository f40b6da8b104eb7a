package io.peregrine.model.block;

import io.peregrine.core.tensor.TensorType;

/// A language model without its vocabulary: rows in, logits out.
///
/// Immutable, and shared by all sessions of a model; everything that changes is in the pass, the batch and
/// the sequence states.
public interface Decoder {

    /// Width of the rows that enter.
    int dim();

    /// Width of rows of pictures: more than [#dim] where later layers get a part of their own (deepstack).
    default int pictureDim() {
        return dim();
    }

    /// Positions of a row: 1, or 3 where rows of a picture have a time, a line and a column.
    default int axes() {
        return 1;
    }

    /// Whether rows of a block of a picture see all of the block, instead of only what is before them.
    default boolean seesWholeBlocks() {
        return false;
    }

    /// Number of tokens, and of logits.
    int vocab();

    /// The longest sequence that it was trained for.
    int contextLength();

    /// Which variant of the model reads a prompt of so many rows and goes on from it: rows that one variant
    /// has computed do not serve another ([SequenceState#use]). Models that stretch their positions for long
    /// prompts have several.
    default int variant(int promptRows) {
        return 0;
    }

    /// Bytes of heap that a sequence takes at most; it never takes less for more rows.
    ///
    /// @param rows of the sequence
    /// @param kv F32 or F16
    long bytes(int rows, TensorType kv);

    /// An empty sequence; its memory is taken as it grows.
    ///
    /// @param capacity the largest number of rows
    /// @param kv F32 or F16: how keys and values are kept
    SequenceState newSequence(int capacity, TensorType kv);

    /// Computes all rows of the batch, which then belong to their sequences, and the logits of the rows asked
    /// for.
    ///
    /// @param wanted batch rows whose logits are wanted, in ascending order
    /// @param logits gets the shape `[wanted, vocab]`
    /// @throws java.util.concurrent.CancellationException as [Pass#checkCancelled] does; the sequences are as
    ///     before
    void forward(Pass pass, Batch batch, int[] wanted, Rows logits);
}
