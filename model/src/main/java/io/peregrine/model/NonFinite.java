package io.peregrine.model;

import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;

/// Finds the first intermediate result that is infinite or not a number.
final class NonFinite implements Trace {

    private final int firstRow;
    private final int batchRows;
    private String where = "logits";
    private String found = "a number that is not finite";
    private boolean done;

    /// @param firstRow place of the batch's first row in the sequence
    /// @param batchRows rows of the batch
    NonFinite(int firstRow, int batchRows) {
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

    String where() {
        return where;
    }

    String found() {
        return found;
    }
}
