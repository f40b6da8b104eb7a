package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/// A storage format of weights: how the elements of a row become floats.
///
/// Implementations have no state and may be used by any thread.
public interface BlockFormat {

    TensorType type();

    /// Decodes `count` elements that begin at byte `offsetBytes` of `data`, which must be the start of a block.
    ///
    /// @param count a multiple of the block's elements
    /// @param out receives the floats from index `outOffset`
    void decode(MemorySegment data, long offsetBytes, int count, float[] out, int outOffset);
}
