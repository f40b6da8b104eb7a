package io.peregrine.model.block;

import io.peregrine.kernels.Rope;
import io.peregrine.kernels.RopeTable;

/// Rotary positions of a decoder that knows where in a picture a row belongs (M-RoPE, arXiv 2409.12191 section 2.1):
/// every pair of a head turns with one axis of the row's position, which is time, line or column. Frequencies are those
/// of [Rotary], and rows of text, whose axes are all the same, turn as there.
///
/// @param rotated how many elements of a head turn, from the first: even
/// @param base of the geometric series of frequencies
/// @param scale of positions: 1, or 1 / factor for linear scaling
/// @param axisOfPair `[rotated / 2]`, the axis of each pair, negative for pairs that never turn
public record MultiRotary(Rope layout, int rotated, double base, double scale, int[] axisOfPair) implements Positions {

    /// Time, line and column.
    public static final int AXES = 3;

    /// Pairs in sections, one behind the other (Qwen2-VL).
    ///
    /// @param sections how many pairs turn with each axis, from the first; those of a section beyond the axes do not turn
    public static int[] inSections(int[] sections) {
        int pairs = 0;
        for (int section : sections) {
            pairs = Math.addExact(pairs, section);
        }
        int[] axes = new int[pairs];
        int pair = 0;
        for (int axis = 0; axis < sections.length; axis++) {
            for (int i = 0; i < sections[axis]; i++) {
                axes[pair++] = axis < AXES ? axis : -1;
            }
        }
        return axes;
    }

    /// Pairs that take the axes in turn, as long as a section has some left: time, line, column, time and so on. Those of
    /// a section that is used up take time (Qwen3-VL).
    ///
    /// Source: `huggingface/transformers : models/qwen3_vl/modeling_qwen3_vl.py` (`apply_interleaved_mrope`).
    ///
    /// @param sections how many pairs turn with each axis; what stands behind the axes does not matter
    /// @param pairs how many there are
    public static int[] inTurn(int[] sections, int pairs) {
        int[] axes = new int[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            int axis = pair % AXES;
            axes[pair] = pair / AXES < sections[axis] ? axis : 0;
        }
        return axes;
    }

    @Override
    public Angles at(Pass pass, Batch batch) {
        RopeTable table = pass.keep(this, RopeTable.class, () -> RopeTable.of(rotated, base, scale, null));
        table.fill(batch.positions(), axisOfPair, 0, batch.rows());
        return new Angles(layout, rotated, table.cos(), table.sin(), null);
    }
}
