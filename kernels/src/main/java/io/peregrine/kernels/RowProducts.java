package io.peregrine.kernels;

import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.RoundedDot;
import io.peregrine.kernels.internal.RoundedRow;
import io.peregrine.kernels.internal.RowDot;
import io.peregrine.kernels.internal.RowScratch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Products with few tokens: each row of weights is read from memory once, as one stream, and multiplied with every
/// token.
///
/// A task is a range of rows of one matrix. There are three ways for a row: as it is stored, with activations rounded
/// to integers, unless the caller wants exact products; as it is stored, with the activations as they are; or decoded
/// to floats in stretches. The format alone decides, so a result depends neither on the number of threads nor on what
/// else is multiplied in the same call.
final class RowProducts implements Workers.Task {

    /// Tokens at most.
    static final int MOST_TOKENS = 3;

    /// Weights that pay for handing a task to another thread.
    private static final int GRAIN = 16_384;

    private static final int TASKS_PER_THREAD = 8;

    private final Compute compute;
    private final ProductLoops loops;
    private final ProductParts parts;
    private final RowScratch[] scratch;

    /// Activations of this call, rounded to different ranges: `[range][token]`. Kept for later calls.
    private RoundedRow[][] rounded = {};

    /// For each range, whether it has the activations of this call.
    private boolean[] current = {};

    /// For each matrix, its place in `rounded`, or -1.
    private int[] roundedOf = new int[4];

    private int[] firstTask = new int[4];
    private int rowsPerTask;

    RowProducts(Compute compute, ProductLoops loops, ProductParts parts) {
        this.compute = compute;
        this.loops = loops;
        this.parts = parts;
        this.scratch = new RowScratch[compute.workers().threads()];
        Arrays.setAll(scratch, i -> new RowScratch());
    }

    void start() {
        int threads = compute.workers().threads();
        long wanted = Math.ceilDiv(parts.rows, (long) threads * TASKS_PER_THREAD);
        rowsPerTask = Math.toIntExact(Math.max(Math.max(1, wanted), GRAIN / Math.max(1, parts.k)));
        if (firstTask.length <= parts.count) {
            firstTask = new int[parts.count + 1];
            roundedOf = new int[parts.count];
        }
        Arrays.fill(current, false);
        firstTask[0] = 0;
        for (int p = 0; p < parts.count; p++) {
            firstTask[p + 1] = firstTask[p] + Math.ceilDiv(parts.w[p].rows(), rowsPerTask);
            RoundedDot dot = compute.exact() ? null : parts.w[p].roundedDot(loops);
            roundedOf[p] = dot == null ? -1 : round(dot.range());
        }
        compute.workers().run(firstTask[parts.count], this);
    }

    /// Rounds the activations to a range, unless it is done, and tells where they are.
    private int round(int range) {
        int i = 0;
        while (i < rounded.length && rounded[i][0].range != range) {
            i++;
        }
        if (i == rounded.length) {
            rounded = Arrays.copyOf(rounded, i + 1);
            current = Arrays.copyOf(current, i + 1);
            rounded[i] = new RoundedRow[MOST_TOKENS];
            Arrays.setAll(rounded[i], t -> new RoundedRow(range));
        }
        if (!current[i]) {
            for (int t = 0; t < parts.tokens; t++) {
                loops.round(parts.x, parts.xOffset + t * parts.xStride, parts.k, rounded[i][t]);
            }
            current[i] = true;
        }
        return i;
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
        RowScratch own = scratch[worker];
        own.prepare(parts.k);
        RoundedDot roundedDot = roundedOf[p] < 0 ? null : w.roundedDot(loops);
        RowDot fused = roundedDot == null ? w.rowDot(loops) : null;
        float[] bias = parts.bias[p];
        for (int row = from; row < to; row++) {
            long at = row * w.rowBytes();
            for (int t = 0; t < parts.tokens; t++) {
                own.clear();
                int x = parts.xOffset + t * parts.xStride;
                if (roundedDot != null) {
                    roundedDot.dot(w.tensor().data(), at, parts.k, parts.x, x, rounded[roundedOf[p]][t], own);
                } else if (fused != null) {
                    fused.dot(w.tensor().data(), at, parts.k, parts.x, x, own);
                } else {
                    decodeAndMultiply(w, row, x, own);
                }
                write(p, row, t, loops.sum(own.lanes, 0), bias);
            }
        }
    }

    /// @param x where the activations begin
    private void decodeAndMultiply(Matrix w, int row, int x, RowScratch own) {
        for (int from = 0; from < parts.k; from += RowScratch.STRETCH) {
            int length = Math.min(RowScratch.STRETCH, parts.k - from);
            w.decode(row, from, length, compute.vectors, own.floats, 0);
            loops.dot(own.floats, 0, parts.x, x + from, length, own.lanes, 0);
        }
    }

    private void write(int p, int row, int t, float sum, float @Nullable [] bias) {
        parts.y[p][parts.yOffset[p] + t * parts.yStride[p] + row] = bias == null ? sum : sum + bias[row];
    }
}
