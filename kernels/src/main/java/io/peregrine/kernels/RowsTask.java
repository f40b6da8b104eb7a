package io.peregrine.kernels;

/// A kernel over independent rows, cut into tasks of several rows; one object per kernel is kept by
/// [io.peregrine.kernels.Compute], so that a call allocates nothing.
abstract class RowsTask implements Workers.Task {

    /// Work that pays for handing a task to another thread, in elements of a simple loop.
    private static final int GRAIN = 32_768;

    private int rows;
    private int rowsPerTask;

    /// Runs all rows, on the calling thread alone if there is little to do.
    ///
    /// @param rowWork elements of a row, times what one costs compared with an addition
    final void start(Compute compute, int rows, long rowWork) {
        this.rows = rows;
        this.rowsPerTask = (int) Math.max(1, GRAIN / Math.max(1, rowWork));
        int tasks = Math.ceilDiv(rows, rowsPerTask);
        if (tasks > 1) {
            compute.workers().run(tasks, this);
        } else if (tasks == 1) {
            run(0, 0);
        }
    }

    @Override
    public final void run(int index, int worker) {
        int from = index * rowsPerTask;
        rows(from, Math.min(rowsPerTask, rows - from), worker);
    }

    /// Computes `count` rows beginning with row `from`.
    abstract void rows(int from, int count, int worker);
}
