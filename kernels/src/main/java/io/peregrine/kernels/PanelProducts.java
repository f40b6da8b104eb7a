package io.peregrine.kernels;

import static io.peregrine.kernels.internal.ProductLoops.STRETCH;
import static io.peregrine.kernels.internal.ProductLoops.STRIDE;
import static io.peregrine.kernels.internal.ProductLoops.TILE_DEPTH;
import static io.peregrine.kernels.internal.ProductLoops.TILE_ROWS;
import static io.peregrine.kernels.internal.ProductLoops.TILE_UNROLL;

import io.peregrine.kernels.internal.ProductLoops;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Products with many tokens, as outer products of rows of weights with tokens in the lanes.
///
/// ```
///  activations [tokens, k]  --packed once-->  panels, each [k, panel]     (a panel is a few vectors of tokens)
///  weights, BLOCK_ROWS rows x 2048 at a time  --decoded-->  floats [rows, 2048]
///  tile:  6 rows x 1 panel += 6 rows of weights [6, 256] x panel [256, panel]      in registers
///  results [rows, panel] of a block of rows  --transposed, bias added-->  y [tokens, rows]
/// ```
///
/// Weights keep their natural order, so one decoder per format serves all loops, and its cost is spread over all
/// tokens. Every result is the same sequence of operations wherever its row and token fall, so it does not depend on
/// how the work is cut.
final class PanelProducts {

    /// Rows that share a pass over the activations: their floats fit in the second-level cache.
    private static final int BLOCK_ROWS = 8 * TILE_ROWS;

    private static final int WEIGHTS = BLOCK_ROWS * STRIDE;

    /// Tokens of a task at most: their results for a block of rows stay in the second-level cache.
    private static final int MAX_TOKENS = 512;

    /// Elements of packed activations at most; more tokens are multiplied in several rounds.
    private static final int MAX_PACKED = 6 << 20;

    /// Tasks for each thread, so that all end at about the same time.
    private static final int TASKS_PER_THREAD = 4;

    /// Panels of a task at least, if there are so many: decoding has to pay.
    private static final int MIN_PANELS = 4;

    /// Elements of k that one task packs.
    private static final int PACK = 512;

    private final Compute compute;
    private final ProductLoops loops;
    private final ProductParts parts;
    private final int panel;
    private final Workers.Task packing = this::pack;
    private final Workers.Task multiplying = this::multiply;

    private int[] firstBlock = new int[4];
    private float[] packed = {};

    // Of the current round: tokens [firstToken, firstToken + tokens).
    private int firstToken;
    private int tokens;
    private int depth;
    private int packTasksPerPanel;
    private int panels;
    private int panelsPerTask;

    PanelProducts(Compute compute, ProductLoops loops, ProductParts parts) {
        this.compute = compute;
        this.loops = loops;
        this.parts = parts;
        this.panel = loops.panel();
    }

    void start() {
        depth = Math.ceilDiv(parts.k, TILE_UNROLL) * TILE_UNROLL;
        if (firstBlock.length <= parts.count) {
            firstBlock = new int[parts.count + 1];
        }
        firstBlock[0] = 0;
        for (int p = 0; p < parts.count; p++) {
            firstBlock[p + 1] = firstBlock[p] + Math.ceilDiv(parts.w[p].rows(), BLOCK_ROWS);
        }
        int mostPanels = Math.max(1, MAX_PACKED / Math.max(1, depth) / panel);
        for (firstToken = 0; firstToken < parts.tokens; firstToken += tokens) {
            tokens = (int) Math.min(parts.tokens - firstToken, (long) mostPanels * panel);
            round();
        }
    }

    private void round() {
        Workers workers = compute.workers();
        panels = Math.ceilDiv(tokens, panel);
        packed = compute.shared(panels * panel * depth);
        packTasksPerPanel = Math.ceilDiv(depth, PACK);
        workers.run(panels * packTasksPerPanel, packing);

        int blocks = firstBlock[parts.count];
        int wanted = workers.threads() == 1 ? 1 : Math.ceilDiv(TASKS_PER_THREAD * workers.threads(), blocks);
        int cuts = Math.max(Math.min(wanted, panels / MIN_PANELS), Math.ceilDiv(tokens, MAX_TOKENS));
        panelsPerTask = Math.ceilDiv(panels, Math.max(1, cuts));
        workers.run(blocks * Math.ceilDiv(panels, panelsPerTask), multiplying);
    }

    /// Writes a stretch of one panel; places without a token or an element become zero.
    private void pack(int index, int worker) {
        int p = index / packTasksPerPanel;
        int from = index % packTasksPerPanel * PACK;
        int to = Math.min(depth, from + PACK);
        int last = Math.min(to, parts.k);
        int base = p * panel * depth;
        for (int t = 0; t < panel; t++) {
            int token = p * panel + t;
            int end = token < tokens ? last : from;
            int source = parts.xOffset + (firstToken + Math.min(token, tokens - 1)) * parts.xStride;
            for (int i = from; i < end; i++) {
                packed[base + i * panel + t] = parts.x[source + i];
            }
            for (int i = end; i < to; i++) {
                packed[base + i * panel + t] = 0;
            }
        }
    }

    /// Multiplies a block of rows of one matrix with a range of panels.
    private void multiply(int index, int worker) {
        int blocks = firstBlock[parts.count];
        int block = index % blocks;
        int p = 0;
        while (block >= firstBlock[p + 1]) {
            p++;
        }
        Matrix w = parts.w[p];
        int row = (block - firstBlock[p]) * BLOCK_ROWS;
        int rows = Math.min(BLOCK_ROWS, w.rows() - row);
        int tiles = Math.ceilDiv(rows, TILE_ROWS);
        int firstPanel = index / blocks * panelsPerTask;
        int lastPanel = Math.min(panels, firstPanel + panelsPerTask);

        int tileSize = TILE_ROWS * panel;
        int size = (lastPanel - firstPanel) * tiles * tileSize;
        int spare = WEIGHTS + size;
        float[] scratch = compute.scratch(worker, spare + tileSize);
        Arrays.fill(scratch, WEIGHTS, WEIGHTS + size, 0);
        for (int from = 0; from < depth; from += TILE_DEPTH) {
            int decoded = from % STRETCH;
            if (decoded == 0) {
                decode(w, row, rows, from, Math.min(STRETCH, depth - from), scratch);
            }
            int length = Math.min(TILE_DEPTH, depth - from);
            int out = WEIGHTS;
            for (int q = firstPanel; q < lastPanel; q++) {
                int x = (q * depth + from) * panel;
                for (int tile = 0; tile < tiles; tile++, out += tileSize) {
                    int rowsOfTile = tile * TILE_ROWS * STRIDE + decoded;
                    loops.tile(scratch, rowsOfTile, packed, x, length, scratch, out, spare);
                }
            }
        }
        for (int q = firstPanel; q < lastPanel; q++) {
            write(p, row, rows, q, scratch, WEIGHTS + (q - firstPanel) * tiles * tileSize);
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

    /// Writes the results of one panel, `[rows, panel]` from `at`, to its tokens.
    private void write(int p, int row, int rows, int q, float[] results, int at) {
        float[] y = parts.y[p];
        float @Nullable [] bias = parts.bias[p];
        int count = Math.min(panel, tokens - q * panel);
        for (int t = 0; t < count; t++) {
            int to = parts.yOffset[p] + (firstToken + q * panel + t) * parts.yStride[p] + row;
            int from = at + t;
            if (bias == null) {
                for (int r = 0; r < rows; r++) {
                    y[to + r] = results[from + r * panel];
                }
            } else {
                for (int r = 0; r < rows; r++) {
                    y[to + r] = results[from + r * panel] + bias[row + r];
                }
            }
        }
    }
}
