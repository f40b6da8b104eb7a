package io.peregrine.kernels;

import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.RowDot;
import org.jspecify.annotations.Nullable;

/// Products with few tokens: each row of weights is read once, as one stream, and multiplied with every token.
///
/// A task is a range of rows of one matrix. A row of a format that has a fused loop is multiplied as it is stored;
/// other rows, and all rows when there are several tokens, are decoded in stretches to floats first.
final class RowProducts implements Workers.Task {

    /// Elements that are decoded at a time: whole blocks of every format, and at home in the first-level cache.
    private static final int STRETCH = 512;

    /// Weights that pay for handing a task to another thread.
    private static final int GRAIN = 16_384;

    private static final int TASKS_PER_THREAD = 8;
    private static final int MAX_LANES = 16;

    private final Compute compute;
    private final ProductLoops loops;
    private final ProductParts parts;
    private int[] firstTask = new int[4];
    private int rowsPerTask;

    RowProducts(Compute compute, ProductLoops loops, ProductParts parts) {
        this.compute = compute;
        this.loops = loops;
        this.parts = parts;
    }

    void start() {
        int threads = compute.workers().threads();
        long wanted = Math.ceilDiv(parts.rows, (long) threads * TASKS_PER_THREAD);
        rowsPerTask = Math.toIntExact(Math.max(Math.max(1, wanted), GRAIN / Math.max(1, parts.k)));
        if (firstTask.length <= parts.count) {
            firstTask = new int[parts.count + 1];
        }
        firstTask[0] = 0;
        for (int p = 0; p < parts.count; p++) {
            firstTask[p + 1] = firstTask[p] + Math.ceilDiv(parts.w[p].rows(), rowsPerTask);
        }
        compute.workers().run(firstTask[parts.count], this);
    }

    @Override
    public void run(int index, int worker) {
        int p = 0;
        while (index >= firstTask[p + 1]) {
            p++;
        }
        Matrix w = parts.w[p];
        int from = (index - firstTask[p]) * rowsPerTask;
        int to = Math.min(w.rows(), from + rowsPerTask);
        float[] scratch = compute.scratch(worker, STRETCH + parts.tokens * MAX_LANES);
        RowDot fused = parts.tokens == 1 ? w.rowDot(loops) : null;
        float[] bias = parts.bias[p];
        for (int row = from; row < to; row++) {
            if (fused != null) {
                clear(scratch, 1);
                long at = row * w.rowBytes();
                fused.dot(w.tensor().data(), at, parts.k, parts.x, parts.xOffset, scratch, STRETCH);
            } else {
                decodeAndMultiply(w, row, scratch);
            }
            write(p, row, scratch, bias);
        }
    }

    private void decodeAndMultiply(Matrix w, int row, float[] scratch) {
        clear(scratch, parts.tokens);
        for (int from = 0; from < parts.k; from += STRETCH) {
            int length = Math.min(STRETCH, parts.k - from);
            w.decode(row, from, length, compute.vectors, scratch, 0);
            for (int t = 0; t < parts.tokens; t++) {
                int at = parts.xOffset + t * parts.xStride + from;
                loops.dot(scratch, 0, parts.x, at, length, scratch, STRETCH + t * MAX_LANES);
            }
        }
    }

    private static void clear(float[] scratch, int tokens) {
        for (int i = STRETCH; i < STRETCH + tokens * MAX_LANES; i++) {
            scratch[i] = 0;
        }
    }

    private void write(int p, int row, float[] scratch, float @Nullable [] bias) {
        float[] y = parts.y[p];
        for (int t = 0; t < parts.tokens; t++) {
            float sum = loops.sum(scratch, STRETCH + t * MAX_LANES);
            y[parts.yOffset[p] + t * parts.yStride[p] + row] = bias == null ? sum : sum + bias[row];
        }
    }
}
