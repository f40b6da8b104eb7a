package io.peregrine.model.block;

import io.peregrine.kernels.Rope;
import io.peregrine.kernels.RopeTable;

/// Rotary positions that serve sequences longer than the model was trained for, as Qwen-7B has them.
///
/// *Dynamic NTK*: the base of the frequencies grows with the length of the prompt, by steps: the variant of
/// [Decoder#variant] is how often the trained length has to be doubled to hold the prompt, 0 for not at all;
/// then `alpha = 2^(variant + 1) - 1`, and the base is multiplied by `alpha^(rotated / (rotated - 2))`. The
/// answer goes on with the base of its prompt, however long it becomes.
///
/// *Logn*: the query at place `p`, from 1, is multiplied by `ln p / ln trained` where `p` is beyond the trained
/// length, whatever the variant.
///
/// Source: `modeling_qwen.py` of the checkpoints `Qwen/Qwen-7B` and `Qwen/Qwen-VL`.
///
/// @param rotated how many elements of a head turn, from the first: even
/// @param base of the geometric series of frequencies for prompts up to the trained length
/// @param scale of positions: 1, or 1 / factor for linear scaling
/// @param trained the trained length, at least 2
public record StretchedRotary(
        Rope layout, int rotated, double base, double scale, int trained, boolean ntk, boolean logn)
        implements Positions {

    @Override
    public int variant(int promptRows) {
        int doublings = 0;
        while (ntk && (long) trained << doublings < promptRows) {
            doublings++;
        }
        return doublings;
    }

    static long alpha(int variant) {
        return (2L << variant) - 1;
    }

    double base(int variant) {
        return variant == 0 ? base : base * Math.pow(alpha(variant), rotated / (rotated - 2.0));
    }

    /// What the query at a position, from 0, is multiplied by.
    float queryFactor(int position) {
        return logn && position >= trained ? (float) (Math.log(position + 1.0) / Math.log(trained)) : 1;
    }

    @Override
    public Angles at(Pass pass, Batch batch) {
        Tables tables = pass.keep(this, Tables.class, () -> new Tables(this));
        return tables.fill(batch);
    }

    /// What is kept from call to call.
    private static final class Tables {

        private final StretchedRotary rotary;
        private final RotaryTables tables;
        private float[] factors = {};

        Tables(StretchedRotary rotary) {
            this.rotary = rotary;
            tables = new RotaryTables(
                    rotary.rotated,
                    variant -> RopeTable.of(rotary.rotated, rotary.base(variant), rotary.scale, null));
        }

        Angles fill(Batch batch) {
            tables.fill(batch);
            if (factors.length < batch.rows()) {
                factors = new float[batch.rows()];
            }
            int[] positions = batch.positions(0);
            boolean beyond = false;
            for (int row = 0; row < batch.rows(); row++) {
                factors[row] = rotary.queryFactor(positions[row]);
                beyond |= factors[row] != 1;
            }
            return new Angles(
                    rotary.layout, rotary.rotated, tables.cos(), tables.sin(), beyond ? factors : null);
        }
    }
}
