package io.peregrine.model.block;

import io.peregrine.kernels.Rope;
import io.peregrine.kernels.RopeTable;

/// Rotary positions with a divisor for each frequency, and other divisors for prompts beyond the trained length
/// (LongRoPE, arXiv 2402.13753): MiniCPM 4.
///
/// The answer goes on with the divisors of its prompt. The authors' code takes others as soon as a sequence gets longer,
/// beside keys that were turned by the old ones; llama.cpp decides by the length that a sequence may ever get.
///
/// Source: `modeling_minicpm.py` of the checkpoint `openbmb/MiniCPM4-8B` (`MiniCPMLongRoPE`).
///
/// @param rotated how many elements of a head turn, from the first: even
/// @param base of the geometric series of frequencies
/// @param near `[rotated / 2]` divisors up to the trained length
/// @param far `[rotated / 2]` divisors beyond it
/// @param trained rows of the longest prompt that has the near ones
/// @param magnitude what queries and keys are multiplied by
public record LongRotary(
        Rope layout, int rotated, double base, float[] near, float[] far, int trained, float magnitude)
        implements Positions {

    @Override
    public int variant(int promptRows) {
        return promptRows <= trained ? 0 : 1;
    }

    @Override
    public Angles at(Pass pass, Batch batch) {
        RotaryTables tables =
                pass.keep(this, RotaryTables.class, () -> new RotaryTables(rotated, this::table)).fill(batch);
        return new Angles(layout, rotated, tables.cos(), tables.sin(), null);
    }

    private RopeTable table(int variant) {
        return RopeTable.of(rotated, base, 1, variant == 0 ? near : far, magnitude);
    }
}
