package io.peregrine.model.block;

import java.util.Set;

/// What one layer of a decoder remembers of one sequence.
///
/// Grows with the rows that the layer stores; belongs to one sequence.
public interface LayerState {

    /// The longest length that it can go back to and that is not above `length`: `length` itself for a layer that
    /// remembers everything, less for one that forgets.
    ///
    /// @param length at most the rows stored
    int restorable(int length);

    /// Forgets all rows from `length` on.
    ///
    /// @param length one that [#restorable] has given
    void truncate(int length);

    /// The state of another sequence that begins with the first rows of this one. Memory is shared where it can be.
    ///
    /// @param length one that [#restorable] has given
    LayerState fork(int length);

    /// Bytes of heap that it holds now, of keys and values at least.
    ///
    /// @param counted what is counted already, by identity; gets what this counts
    long bytes(Set<Object> counted);
}
