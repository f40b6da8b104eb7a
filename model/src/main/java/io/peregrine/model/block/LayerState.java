package io.peregrine.model.block;

/// What one layer of a decoder remembers of one sequence.
///
/// Grows with the rows that the layer stores; belongs to one session.
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
}
