package io.peregrine.kernels;

import io.peregrine.kernels.scalar.ScalarSoftmax;
import io.peregrine.kernels.vector.VectorSoftmax;

/// Turns rows of scores into probabilities.
public final class Softmax {

    private Softmax() {}

    /// `x = exp(x - max) / sum(exp(x - max))` for each row. A row with a NaN becomes NaN altogether.
    ///
    /// @param x `[rows, length]` from `offset`, rows `stride` apart; a score may be -infinity, not all of a row
    /// @throws IllegalArgumentException if a row leaves the array
    public static void apply(Compute compute, float[] x, int offset, int stride, int rows, int length) {
        Checks.positive("length", length);
        Checks.rows("x", x.length, offset, stride, rows, length);
        Task task = compute.softmax;
        task.x = x;
        task.offset = offset;
        task.stride = stride;
        task.length = length;
        task.start(compute, rows, 4L * length);
    }

    /// Arguments of a call.
    static final class Task extends RowsTask {

        private final Compute compute;
        private float[] x = {};
        private int offset;
        private int stride;
        private int length;

        Task(Compute compute) {
            this.compute = compute;
        }

        @Override
        void rows(int from, int count, int worker) {
            for (int r = from; r < from + count; r++) {
                if (compute.vectors) {
                    VectorSoftmax.row(x, offset + r * stride, length, compute.scratch(worker, VectorSoftmax.SCRATCH));
                } else {
                    ScalarSoftmax.row(x, offset + r * stride, length);
                }
            }
        }
    }
}
