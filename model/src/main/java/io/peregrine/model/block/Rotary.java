package io.peregrine.model.block;

import io.peregrine.kernels.Rope;
import io.peregrine.kernels.RopeTable;
import org.jspecify.annotations.Nullable;

/// Rotary position embedding of a model: which elements of a head form pairs, and how fast each pair turns.
///
/// @param rotated how many elements of a head turn, from the first: even
/// @param base of the geometric series of frequencies
/// @param scale of positions: 1, or 1 / factor for linear scaling
/// @param factors `[rotated / 2]` divisors of the frequencies (the tensor `rope_freqs` of Llama 3.1), or null
public record Rotary(Rope layout, int rotated, double base, double scale, float @Nullable [] factors)
        implements Positions {

    @Override
    public Angles at(Pass pass, Batch batch) {
        RopeTable table = pass.keep(this, RopeTable.class, () -> RopeTable.of(rotated, base, scale, factors));
        table.fill(batch.positions(0), 0, batch.rows());
        return new Angles(layout, rotated, table.cos(), table.sin(), null);
    }
}
