package io.peregrine.model;

import io.peregrine.core.ModelFormatException;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Trace;

/// Finds the first intermediate result that is infinite or not a number: computes a batch once more for that.
final class NonFinite implements Trace {

    private final int firstRow;
    private final int batchRows;
    private String where = "logits";
    private String found = "a number that is not finite";
    private boolean done;

    /// @param firstRow place of the batch's first row in the sequence
    /// @param batchRows rows of the batch
    private NonFinite(int firstRow, int batchRows) {
        this.firstRow = firstRow;
        this.batchRows = batchRows;
    }

    /// Index of the first element that is not finite, counted from `offset`, or -1.
    static int first(float[] values, int offset, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[offset + i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void rows(String name, int layer, Rows rows) {
        if (done) {
            return;
        }
        int at = first(rows.data(), 0, rows.elements());
        if (at >= 0) {
            done = true;
            found = Float.toString(rows.data()[at]);
            int position = firstRow + batchRows - rows.rows() + at / rows.width();
            where = (layer == NO_LAYER ? "" : "layer " + layer + ", ") + name + ", position " + position;
        }
    }

    /// What is to be said of a batch whose last logits are not finite. The sequence is then as before the batch.
    ///
    /// @param file the model's name
    /// @param batch of one sequence, which has its rows or does not
    static ModelFormatException error(String file, Decoder decoder, Pass pass, Batch batch, Rows logits) {
        SequenceState state = batch.span(0).state();
        int first = batch.span(0).firstSlot();
        state.truncate(first);
        NonFinite finder = new NonFinite(first, batch.rows());
        pass.traceTo(finder);
        try {
            decoder.forward(pass, batch, new int[] {batch.rows() - 1}, logits);
        } finally {
            pass.traceTo(Trace.NONE);
            state.truncate(first);
        }
        return new ModelFormatException(
                file,
                finder.where,
                finder.found,
                "finite numbers",
                "the weights are damaged, or the model needs a wider type than they are stored in");
    }
}
