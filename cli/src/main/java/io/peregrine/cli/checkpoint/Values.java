package io.peregrine.cli.checkpoint;

import io.peregrine.core.tensor.Shape;

/// The elements of a tensor in the order of its rows, made as they are asked for, so that no tensor has to be in
/// memory. Safe for any thread.
public interface Values {

    Shape shape();

    /// Writes elements `first` to `first + count - 1` to `out` from index `at`.
    void read(long first, int count, float[] out, int at);
}
