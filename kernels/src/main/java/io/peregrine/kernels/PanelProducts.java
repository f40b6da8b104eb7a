package io.peregrine.kernels;

import static io.peregrine.kernels.internal.ProductLoops.PANEL;
import static io.peregrine.kernels.internal.ProductLoops.TILE_STRETCH;
import static io.peregrine.kernels.internal.ProductLoops.TILE_STRIDE;
import static io.peregrine.kernels.internal.ProductLoops.TILE_UNROLL;

import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.TokenPanels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Products with many tokens, as outer products of rows of weights with tokens in the lanes.
///
/// ```
///  activations [tokens, k]  --packed once-->  panels, each [k, panel]     (a panel is a few vectors of tokens)
///  weights, BLOCK_ROWS rows x 1024 at a time  --decoded-->  floats [rows, 1024]
///  tile:  6 or 12 rows x 1 panel  =  rows of weights [256 or 1024] x panel [as many, panel]      in registers
///  results [rows, panel] of a block of rows  --transposed, bias added-->  y [tokens, rows]
/// ```
///
/// Weights keep their natural order, so one decoder per format serves all loops, and its cost is spread over all
/// tokens. Every result is the same sequence of operations wherever its row and token fall, so it does not depend on
/// how the work is cut.
final class PanelProducts {

    /// Rows that share a pass over the activations, which come from the third-level cache or from memory: with 48 rows
    /// products of 4096 columns took a tenth longer at 512 bits. Their floats and a panel fit in the second-level cache.
    private static final int BLOCK_ROWS = 96;

    private static final int WEIGHTS = BLOCK_ROWS * TILE_STRIDE;

    /// Tokens of a task at most, which bounds the memory for their results.
    private static final int MAX_TOKENS = 1024;

    /// Elements of packed activations at most; more tokens are multiplied in several rounds.
    private static final int MAX_PACKED = 6 << 20;

    /// Tasks for each thread, so that all end at about the same time.
    private static final int TASKS_PER_THREAD = 8;

    /// Panels of a task at least, if there are so many: decoding has to pay.
    private static final int MIN_PANELS = 4;

    /// Elements of k that one task packs.
    private static final int PACK = 512;

    private static final int PACK_AT_ONCE = 16;

    private final Compute compute;
    private final ProductLoops loops;
    private final ProductParts parts;
    private final int tileRows;
    private final int tileDepth;
    private final TokenPanels packed;
    private final Workers.Task packing = this::pack;
    private final Workers.Task multiplying = this::multiply;

    private int[] firstBlock = new int[4];

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
        this.tileDepth = loops.tileDepth();
        this.tileRows = loops.tileRows();
        this.packed = loops.newPanels();
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
        int mostPanels = Math.max(1, MAX_PACKED / Math.max(1, depth) / PANEL);
        for (firstToken = 0; firstToken < parts.tokens; firstToken += tokens) {
            tokens = (int) Math.min(parts.tokens - firstToken, (long) mostPanels * PANEL);
            round();
        }
    }

    private void round() {
        Workers workers = compute.workers();
        panels = Math.ceilDiv(tokens, PANEL);
        packed.prepare(panels * PANEL * depth);
        packTasksPerPanel = Math.ceilDiv(depth, PACK);
        workers.run(panels * packTasksPerPanel, packing);

        int blocks = firstBlock[parts.count];
        int wanted = workers.threads() == 1 ? 1 : Math.ceilDiv(TASKS_PER_THREAD * workers.threads(), blocks);
        int cuts = Math.max(Math.min(wanted, panels / MIN_PANELS), Math.ceilDiv(tokens, MAX_TOKENS));
        panelsPerTask = Math.ceilDiv(panels, Math.max(1, cuts));
        workers.run(blocks * Math.ceilDiv(panels, panelsPerTask), multiplying);
    }

    /// Writes a stretch of one panel; places without a token or an element become zero. A few elements of all tokens come
    /// after those before, so that what is written stays in the first-level cache.
    private void pack(int index, int worker) {
        int p = index / packTasksPerPanel;
        int from = index % packTasksPerPanel * PACK;
        int to = Math.min(depth, from + PACK);
        int last = Math.min(to, parts.k);
        int count = Math.min(PANEL, tokens - p * PANEL);
        float[] piece = compute.scratch(worker, PACK * PANEL);
        if (count < PANEL || last < to) {
            Arrays.fill(piece, 0, (to - from) * PANEL, 0);
        }
        for (int i = from; i < last; i += PACK_AT_ONCE) {
            int end = Math.min(last, i + PACK_AT_ONCE);
            for (int t = 0; t < count; t++) {
                int source = parts.xOffset + (firstToken + p * PANEL + t) * parts.xStride;
                for (int e = i; e < end; e++) {
                    piece[(e - from) * PANEL + t] = parts.x[source + e];
                }
            }
        }
        packed.write(piece, (to - from) * PANEL, (p * depth + from) * PANEL);
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
        int tiles = Math.ceilDiv(rows, tileRows);
        int firstPanel = index / blocks * panelsPerTask;
        int lastPanel = Math.min(panels, firstPanel + panelsPerTask);

        int tileSize = tileRows * PANEL;
        int results = depth <= tileDepth ? 1 : lastPanel - firstPanel;
        int spare = WEIGHTS + results * tiles * tileSize;
        float[] scratch = compute.scratch(worker, spare + tileSize);
        for (int from = 0; from < depth; from += tileDepth) {
            int decoded = from % TILE_STRETCH;
            if (decoded == 0) {
                decode(w, row, rows, from, Math.min(TILE_STRETCH, depth - from), scratch);
            }
            int length = Math.min(tileDepth, depth - from);
            for (int q = firstPanel; q < lastPanel; q++) {
                int x = (q * depth + from) * PANEL;
                int out = WEIGHTS + (q - firstPanel) % results * tiles * tileSize;
                for (int tile = 0; tile < tiles; tile++) {
                    int rowsOfTile = tile * tileRows * TILE_STRIDE + decoded;
                    int sums = out + tile * tileSize;
                    if (from == 0) {
                        loops.tile(scratch, rowsOfTile, packed, x, length, scratch, sums);
                    } else {
                        loops.tile(scratch, rowsOfTile, packed, x, length, scratch, spare);
                        loops.addTile(scratch, spare, sums);
                    }
                }
                if (from + length == depth) {
                    write(p, row, rows, q, scratch, out);
                }
            }
        }
    }

    private void decode(Matrix w, int row, int rows, int from, int length, float[] scratch) {
        int stored = Math.min(length, parts.k - from);
        for (int r = 0; r < rows; r++) {
            int at = r * TILE_STRIDE;
            w.decode(row + r, from, stored, compute.vectors, scratch, at);
            Arrays.fill(scratch, at + stored, at + length, 0);
        }
    }

    /// Writes the results of one panel, `[rows, PANEL]` from `at`, to its tokens.
    private void write(int p, int row, int rows, int q, float[] results, int at) {
        float[] y = parts.y[p];
        float @Nullable [] bias = parts.bias[p];
        int count = Math.min(PANEL, tokens - q * PANEL);
        for (int t = 0; t < count; t++) {
            int to = parts.yOffset[p] + (firstToken + q * PANEL + t) * parts.yStride[p] + row;
            int from = at + t;
            if (bias == null) {
                for (int r = 0; r < rows; r++) {
                    y[to + r] = results[from + r * PANEL];
                }
            } else {
                for (int r = 0; r < rows; r++) {
                    y[to + r] = results[from + r * PANEL] + bias[row + r];
                }
            }
        }
    }
}
