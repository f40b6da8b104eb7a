package io.peregrine.kernels;

import io.peregrine.kernels.vector.Tiles;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Attention of many queries: prompts and images. Keys are taken a tile at a time, queries lie side by side in the
/// lanes of vectors, and the matrix of scores never exists as a whole.
///
/// A task is one head of keys and values and a run of queries; the query heads that share the head of keys count as
/// queries of their own: query `j` is row `j / group`, head `j % group` of the group. A query meets the same tiles in
/// the same order however queries are dealt out to tasks, so the result does not depend on the number of threads.
final class TiledAttention implements Workers.Task {

    private static final int TILE = KeyValues.TILE;

    /// Rows of a block's state: see [io.peregrine.kernels.vector.Tiles].
    private static final int STATE = 3;

    /// Elements of queries and outputs that a task works on, so that they stay in its core's own cache.
    private static final int RESIDENT = 96 * 1024;

    /// Tasks per thread, so that threads finish at about the same time.
    private static final int TASKS_PER_THREAD = 4;

    private static final double LOG2_E = 1 / Math.log(2);

    private final Compute compute;
    private KeyValues keyValues;
    private int kvHeads = 1;
    private int headDim;
    private float scale;
    private float[] q = {};
    private int qOffset;
    private int qStride;
    private int rows;
    private int group = 1;
    private int @Nullable [] from;
    private int @Nullable [] to;
    private int keys;
    private float[] out = {};
    private int outOffset;
    private int outStride;

    private int taskQueries;
    private int tasksPerHead;

    TiledAttention(Compute compute) {
        this.compute = compute;
        this.keyValues = compute.keyValueRows;
    }

    /// Runs [io.peregrine.kernels.Attention#cached] or [io.peregrine.kernels.Attention#full] with checked arguments.
    ///
    /// @param from first visible key of each row, or null for 0
    /// @param to key after the last visible one of each row, or null for `keys`
    void start(
            KeyValues keyValues,
            int kvHeads,
            int headDim,
            float scale,
            float[] q,
            int qOffset,
            int qStride,
            int rows,
            int heads,
            int @Nullable [] from,
            int @Nullable [] to,
            int keys,
            float[] out,
            int outOffset,
            int outStride) {
        this.keyValues = keyValues;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.scale = scale;
        this.q = q;
        this.qOffset = qOffset;
        this.qStride = qStride;
        this.rows = rows;
        this.group = heads / kvHeads;
        this.from = from;
        this.to = to;
        this.keys = keys;
        this.out = out;
        this.outOffset = outOffset;
        this.outStride = outStride;
        int blocks = Math.ceilDiv(rows * group, Tiles.BLOCK);
        int resident = Math.max(1, RESIDENT / (2 * headDim * Tiles.BLOCK));
        int threads = compute.workers().threads();
        int wanted = threads == 1 ? 1 : Math.ceilDiv(TASKS_PER_THREAD * threads, kvHeads);
        int taskBlocks = Math.ceilDiv(blocks, Math.min(blocks, Math.max(wanted, Math.ceilDiv(blocks, resident))));
        taskQueries = taskBlocks * Tiles.BLOCK;
        tasksPerHead = Math.ceilDiv(blocks, taskBlocks);
        compute.workers().run(kvHeads * tasksPerHead, this);
    }

    /// Under a causal mask the last queries see most: they go first, so that no thread begins one when others end.
    @Override
    public void run(int index, int worker) {
        int first = (tasksPerHead - 1 - index / kvHeads) * taskQueries;
        run(index % kvHeads, first, Math.min(taskQueries, rows * group - first), worker);
    }

    private void run(int kvHead, int firstQuery, int queries, int worker) {
        int padded = KvPage.padded(headDim);
        int blocks = Math.ceilDiv(queries, Tiles.BLOCK);
        int blockSize = (headDim + padded + STATE) * Tiles.BLOCK;
        int valuesAt = TILE * headDim;
        int scoresAt = valuesAt + TILE * padded;
        int blocksAt = scoresAt + TILE * Tiles.BLOCK;
        float[] m = compute.scratch(worker, blocksAt + blocks * blockSize);
        for (int b = 0; b < blocks; b++) {
            begin(kvHead, firstQuery + b * Tiles.BLOCK, m, blocksAt + b * blockSize);
        }
        int firstRow = firstQuery / group;
        int lastRow = (firstQuery + queries - 1) / group;
        int lo = smallest(from, 0, firstRow, lastRow);
        int hi = largest(to, keys, firstRow, lastRow);
        for (int tile = lo / TILE; tile * TILE < hi; tile++) {
            int start = tile * TILE;
            int first = Math.max(lo - start, 0);
            int end = Math.min(hi - start, TILE);
            keyValues.load(kvHead, tile, first, end, m, 0, valuesAt);
            clearValues(m, valuesAt, first - first % 2, first);
            clearValues(m, valuesAt, end, end + end % 2);
            for (int b = 0; b < blocks; b++) {
                block(firstQuery + b * Tiles.BLOCK, start, m, valuesAt, scoresAt, blocksAt + b * blockSize);
            }
        }
        for (int b = 0; b < blocks; b++) {
            finish(kvHead, firstQuery + b * Tiles.BLOCK, m, blocksAt + b * blockSize);
        }
    }

    /// Fills a block: scaled queries, no output, no weights, nothing seen.
    private void begin(int kvHead, int query, float[] m, int block) {
        int padded = KvPage.padded(headDim);
        int count = Math.min(Tiles.BLOCK, rows * group - query);
        int output = block + headDim * Tiles.BLOCK;
        int state = output + padded * Tiles.BLOCK;
        float factor = (float) (scale * LOG2_E);
        Arrays.fill(m, block, state + STATE * Tiles.BLOCK, 0);
        Arrays.fill(m, state, state + Tiles.BLOCK, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < count; j++) {
            int at = qOffset + element(kvHead, query + j, qStride);
            for (int d = 0; d < headDim; d++) {
                m[block + d * Tiles.BLOCK + j] = q[at + d] * factor;
            }
        }
    }

    /// Attends a block of queries to one tile.
    private void block(int query, int start, float[] m, int valuesAt, int scoresAt, int block) {
        int firstRow = query / group;
        int lastRow = (Math.min(query + Tiles.BLOCK, rows * group) - 1) / group;
        int lo = Math.max(smallest(from, 0, firstRow, lastRow) - start, 0);
        int hi = Math.min(largest(to, keys, firstRow, lastRow) - start, TILE);
        if (lo >= hi) {
            return;
        }
        int output = block + headDim * Tiles.BLOCK;
        int state = output + KvPage.padded(headDim) * Tiles.BLOCK;
        Tiles.scores(m, 0, block, headDim, lo, hi, scoresAt);
        if (from != null && to != null) {
            hide(query, start, lo, hi, from, to, m, scoresAt);
        }
        Tiles.weights(m, scoresAt, lo, hi, state, output, headDim);
        int first = lo - lo % 2;
        int end = hi + hi % 2;
        Arrays.fill(m, scoresAt + first * Tiles.BLOCK, scoresAt + lo * Tiles.BLOCK, 0);
        Arrays.fill(m, scoresAt + hi * Tiles.BLOCK, scoresAt + end * Tiles.BLOCK, 0);
        Tiles.values(m, valuesAt, TILE, headDim, first, end, scoresAt, output);
    }

    /// Clears values of a tile that no query of the task sees, beside those that are seen: they are added in pairs.
    private void clearValues(float[] m, int valuesAt, int from, int to) {
        for (int d = 0; d < headDim && from < to; d += KvPage.PANEL) {
            int panel = valuesAt + d * TILE;
            Arrays.fill(m, panel + from * KvPage.PANEL, panel + to * KvPage.PANEL, 0);
        }
    }

    /// Hides the keys of `lo .. hi` that a query must not see, if there are any.
    private void hide(int query, int start, int lo, int hi, int[] from, int[] to, float[] m, int scores) {
        int count = Math.min(Tiles.BLOCK, rows * group - query);
        for (int j = 0; j < count; j++) {
            int row = (query + j) / group;
            for (int key = lo; key < Math.min(from[row] - start, hi); key++) {
                m[scores + key * Tiles.BLOCK + j] = Tiles.HIDDEN;
            }
            for (int key = Math.max(to[row] - start, lo); key < hi; key++) {
                m[scores + key * Tiles.BLOCK + j] = Tiles.HIDDEN;
            }
        }
    }

    /// Divides the output of a block by the sums of weights and writes it.
    private void finish(int kvHead, int query, float[] m, int block) {
        int count = Math.min(Tiles.BLOCK, rows * group - query);
        int output = block + headDim * Tiles.BLOCK;
        int sums = output + (KvPage.padded(headDim) + 1) * Tiles.BLOCK;
        for (int j = 0; j < count; j++) {
            int at = outOffset + element(kvHead, query + j, outStride);
            float inverse = 1 / m[sums + j];
            for (int d = 0; d < headDim; d++) {
                out[at + d] = m[output + d * Tiles.BLOCK + j] * inverse;
            }
        }
    }

    /// Where a query begins among rows of all heads.
    private int element(int kvHead, int query, int stride) {
        return query / group * stride + (kvHead * group + query % group) * headDim;
    }

    private static int smallest(int @Nullable [] of, int otherwise, int first, int last) {
        if (of == null) {
            return otherwise;
        }
        int smallest = of[first];
        for (int i = first + 1; i <= last; i++) {
            smallest = Math.min(smallest, of[i]);
        }
        return smallest;
    }

    private static int largest(int @Nullable [] of, int otherwise, int first, int last) {
        if (of == null) {
            return otherwise;
        }
        int largest = of[first];
        for (int i = first + 1; i <= last; i++) {
            largest = Math.max(largest, of[i]);
        }
        return largest;
    }
}
