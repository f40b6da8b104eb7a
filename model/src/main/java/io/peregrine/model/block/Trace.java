package io.peregrine.model.block;

/// Receives every intermediate result by name, so that two engines can be compared layer by layer.
///
/// Names follow the tensors that produce them (`attn_q`, `ffn_out`, ...). The rows are only valid during the
/// call.
@FunctionalInterface
public interface Trace {

    /// Ignores everything; a call costs next to nothing.
    Trace NONE = (name, layer, rows) -> {};

    /// The `layer` of results that belong to none.
    int NO_LAYER = -1;

    /// The rows that a vision projector sees, under the number of the block as the layer: those of all its
    /// views, in order, equally many of each.
    String FEATURES = "v.features";

    /// @param name what was computed
    /// @param layer the block that computed it, from 0, or [#NO_LAYER]
    /// @param rows `[rows, width]`, to be read only, now
    void rows(String name, int layer, Rows rows);
}
