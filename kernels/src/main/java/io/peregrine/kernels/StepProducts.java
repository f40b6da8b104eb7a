package io.peregrine.kernels;

import static io.peregrine.kernels.internal.ProductLoops.DOT_TOKENS;
import static io.peregrine.kernels.internal.ProductLoops.DOT_UNROLL;

import io.peregrine.kernels.internal.ProductLoops;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Products with a few tokens, such as the next ones of several sequences: each row of weights is read and decoded to
/// floats once, and multiplied with every token.
///
/// ```
///  weights, BLOCK_ROWS rows x STRETCH at a time  --decoded-->  floats [rows, stretch]
///  tile:  2 rows x 4 tokens, elements in the lanes           in registers
///  partial sums [rows, tokens, lanes]  --folded, bias added-->  y [tokens, rows]
/// ```
///
/// Every result is the same sequence of operations wherever its row and token fall and whatever else is in the call:
/// what a sequence gets does not depend on which others go on with it.
final class StepProducts implements Workers.Task {

    /// From so many tokens on it is faster than [RowProducts] for quantised formats; for F16 from one less.
    static final int MIN_TOKENS = 3;

    /// Tokens of a round at most; more are multiplied in several.
    static final int MOST_TOKENS = 32;

    /// Rows that are decoded together: their floats stay in the second-level cache.
    private static final int BLOCK_ROWS = 8;

    /// Elements of the rows that are multiplied at a time: they and as many of four tokens fit in the first-level
    /// cache.
    private static final int PIECE = 512;

    /// Elements of a row that are decoded at a time: whole blocks of every format. Long stretches, because a decoder
    /// takes a while to begin, and because memory is read faster in order.
    private static final int STRETCH = 2048;

    /// Distance of decoded rows. Not a power of two, so that rows do not compete for cache sets.
    private static final int STRIDE = STRETCH + 16;

    private static final int WEIGHTS = BLOCK_ROWS * STRIDE;

    private static final int TASKS_PER_THREAD = 8;

    private final Compute compute;
    private final ProductLoops loops;
    private final ProductParts parts;
    private final int dotRows;

    private int[] firstTask = new int[4];
    private int blocksPerTask;

    // Of the current round: tokens [firstToken, firstToken + tokens), packed [groups * DOT_TOKENS, stride].
    private int firstToken;
    private int tokens;
    private int groups;
    private int depth;

    /// Distance of packed tokens. Not a power of two either.
    private int stride;

    private float[] packed = {};

    StepProducts(Compute compute, ProductLoops loops, ProductParts parts) {
        this.compute = compute;
        this.loops = loops;
        this.parts = parts;
        this.dotRows = loops.dotRows();
    }

    void start() {
        long wanted = parts.rows / ((long) compute.workers().threads() * TASKS_PER_THREAD * BLOCK_ROWS);
        blocksPerTask = Math.toIntExact(Math.max(1, wanted));
        if (firstTask.length <= parts.count) {
            firstTask = new int[parts.count + 1];
        }
        firstTask[0] = 0;
        for (int p = 0; p < parts.count; p++) {
            firstTask[p + 1] = firstTask[p] + Math.ceilDiv(parts.w[p].rows(), blocksPerTask * BLOCK_ROWS);
        }
        depth = Math.ceilDiv(parts.k, DOT_UNROLL) * DOT_UNROLL;
        stride = depth + DOT_UNROLL;
        for (firstToken = 0; firstToken < parts.tokens; firstToken += tokens) {
            tokens = Math.min(MOST_TOKENS, parts.tokens - firstToken);
            pack();
            compute.workers().run(firstTask[parts.count], this);
        }
    }

    /// Copies the activations; places without a token or an element become zero.
    private void pack() {
        groups = Math.ceilDiv(tokens, DOT_TOKENS);
        packed = compute.shared(groups * DOT_TOKENS * stride);
        for (int t = 0; t < tokens; t++) {
            int source = parts.xOffset + (firstToken + t) * parts.xStride;
            System.arraycopy(parts.x, source, packed, t * stride, parts.k);
            Arrays.fill(packed, t * stride + parts.k, (t + 1) * stride, 0);
        }
        Arrays.fill(packed, tokens * stride, groups * DOT_TOKENS * stride, 0);
    }

    @Override
    public void run(int index, int worker) {
        int p = 0;
        while (index >= firstTask[p + 1]) {
            p++;
        }
        Matrix w = parts.w[p];
        int first = (index - firstTask[p]) * blocksPerTask * BLOCK_ROWS;
        int end = Math.min(w.rows(), first + blocksPerTask * BLOCK_ROWS);
        int sums = BLOCK_ROWS * groups * DOT_TOKENS * loops.lanes();
        float[] scratch = compute.scratch(worker, WEIGHTS + sums);
        for (int row = first; row < end; row += BLOCK_ROWS) {
            int rows = Math.min(BLOCK_ROWS, end - row);
            Arrays.fill(scratch, WEIGHTS, WEIGHTS + sums, 0);
            for (int from = 0; from < depth; from += STRETCH) {
                int length = Math.min(STRETCH, depth - from);
                decode(w, row, rows, from, length, scratch);
                for (int i = 0; i < length; i += PIECE) {
                    multiply(from + i, i, Math.min(PIECE, length - i), rows, scratch);
                }
            }
            write(p, row, rows, scratch);
        }
    }

    private void decode(Matrix w, int row, int rows, int from, int length, float[] scratch) {
        int stored = Math.min(length, parts.k - from);
        for (int r = 0; r < rows; r++) {
            int at = r * STRIDE;
            w.decode(row + r, from, stored, compute.vectors, scratch, at);
            Arrays.fill(scratch, at + stored, at + length, 0);
        }
    }

    /// Multiplies a piece of the decoded stretch with all tokens; rows that are not there with whatever stands in their
    /// place.
    ///
    /// @param from where the piece begins in the rows
    /// @param w where it begins in the stretch
    private void multiply(int from, int w, int length, int rows, float[] scratch) {
        int tile = dotRows * DOT_TOKENS * loops.lanes();
        for (int group = 0; group < groups; group++) {
            int x = group * DOT_TOKENS * stride + from;
            for (int r = 0; r < rows; r += dotRows) {
                int at = WEIGHTS + (r / dotRows * groups + group) * tile;
                loops.dots(scratch, r * STRIDE + w, STRIDE, packed, x, stride, length, scratch, at);
            }
        }
    }

    private void write(int p, int row, int rows, float[] scratch) {
        float[] y = parts.y[p];
        float @Nullable [] bias = parts.bias[p];
        int lanes = loops.lanes();
        for (int r = 0; r < rows; r++) {
            float b = bias == null ? 0 : bias[row + r];
            for (int t = 0; t < tokens; t++) {
                int tile = r / dotRows * groups + t / DOT_TOKENS;
                int place = (tile * dotRows + r % dotRows) * DOT_TOKENS + t % DOT_TOKENS;
                float sum = loops.sum(scratch, WEIGHTS + place * lanes);
                y[parts.yOffset[p] + (firstToken + t) * parts.yStride[p] + row + r] = bias == null ? sum : sum + b;
            }
        }
    }
}
