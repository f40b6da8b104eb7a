package io.peregrine.model.quantize;

/// Gives the elements of a tensor as floats, in pieces; several threads ask at a time.
@FunctionalInterface
public interface FloatSource {

    /// Fills `out[0 .. count)` with the elements from `first` on, rows in order.
    ///
    /// @param first a multiple of 256, and so is `count` except at the end of the tensor
    void read(long first, int count, float[] out);
}
