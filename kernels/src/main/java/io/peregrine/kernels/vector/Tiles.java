package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The steps of attention over a tile of keys, for a block of queries that lie side by side in the lanes.
///
/// A block is two vectors wide: lane `j` belongs to query `j`. One array holds everything a step reads and writes:
///
/// ```
/// keys     [tile / 16, headDim, 16]      panels, see io.peregrine.kernels.KvPage
/// values   [padded / 16, tile, 16]
/// queries  [headDim, block]              scaled so that scores are exponents of two
/// scores   [tile, block]                 turned into weights in place
/// output   [padded, block]               weighted sum of values so far
/// state    [3, block]                    score that weights are relative to, their sum so far, scratch
/// ```
///
/// With queries in the lanes, the largest score and the sum of a query are lane by lane: nothing is ever added
/// across a vector.
///
/// A vector that a loop carries is an argument here, never the receiver of a call: the compiler does not always know
/// its class, and then allocates it anew in every step.
///
/// Source: Milakov and Gimelshein, arXiv:1805.02867 (online softmax); Dao et al., arXiv:2205.14135 (tiles).
public final class Tiles {

    /// Queries of a block.
    public static final int BLOCK = 2 * Lanes.WIDTH;

    /// Width of a panel of keys or values.
    public static final int PANEL = 16;

    /// The score of a key that must not be seen: far below all others, of which the weight is 0.
    public static final float HIDDEN = -0x1p100f;

    /// Exponent of two that weights may reach before what was summed up is made relative to a larger score.
    private static final float SLACK = 12;

    private static final int L = Lanes.WIDTH;

    /// Whether a fence that keeps loads in order is no instruction: on x86.
    static final boolean FENCES = System.getProperty("os.arch").matches("amd64|x86_64");

    private Tiles() {}

    /// Scores of keys `from .. to` of the tile, and of some of their neighbours in the panels at both ends.
    public static void scores(float[] m, int keys, int queries, int headDim, int from, int to, int scores) {
        for (int key = from / PANEL * PANEL; key < to; key += PANEL) {
            int first = Math.max(from - key, 0);
            int end = Math.min(to - key, PANEL);
            panel(m, keys + key * headDim, first, end, queries, headDim, scores + key * BLOCK, false);
        }
    }

    /// Adds the values of keys `from .. to`, times their weights, to the output.
    ///
    /// @param tile keys of a tile
    public static void values(
            float[] m, int values, int tile, int headDim, int from, int to, int weights, int output) {
        for (int d = 0; d < headDim; d += PANEL) {
            int a = values + d * tile + from * PANEL;
            panel(m, a, 0, Math.min(headDim - d, PANEL), weights + from * BLOCK, to - from, output + d * BLOCK, true);
        }
    }

    /// Multiplies rows of a panel with a block: `c[row] = sum over k of a[k][row] * b[k]`, or `+=`, for rows `from ..
    /// to` and some of their neighbours. A row of `c` and `b` is two vectors; the sums of a tile of rows stay in
    /// registers, and per step two vectors are loaded and multiplied by one number after the other.
    private static void panel(float[] m, int a, int from, int to, int b, int depth, int c, boolean add) {
        if (Lanes.MANY_REGISTERS) {
            for (int row = from & -Tile8.ROWS; row < to; row += Tile8.ROWS) {
                Tile8.run(m, a + row, b, depth, c + row * BLOCK, add);
            }
        } else {
            int row = from & -Tile4.ROWS;
            if (depth % 2 == 0) {
                row = from / Tile6.ROWS * Tile6.ROWS;
                for (; row < 2 * Tile6.ROWS && to - row > Tile4.ROWS; row += Tile6.ROWS) {
                    Tile6.run(m, a + row, b, depth, c + row * BLOCK, add);
                }
            }
            for (; row < to; row += Tile4.ROWS) {
                Tile4.run(m, a + row, b, depth, c + row * BLOCK, add);
            }
        }
    }

    /// Turns the scores of keys `from .. to` into weights relative to about the largest score so far, and scales what
    /// was summed up before if that has grown much.
    public static void weights(float[] m, int scores, int from, int to, int state, int output, int headDim) {
        for (int lanes = 0; lanes < BLOCK; lanes += L) {
            int first = scores + from * BLOCK + lanes;
            largest(m, first, to - from, state + lanes);
            rescale(m, state + lanes, output + lanes, headDim);
            exponentials(m, first, to - from, state + lanes);
        }
    }

    /// Updates the score in `m[state]` that weights are relative to, about the largest so far; leaves the factor that
    /// older weights shrink by in the scratch row.
    private static void largest(float[] m, int scores, int keys, int state) {
        FloatVector old = FloatVector.fromArray(Lanes.FLOAT, m, state);
        FloatVector max0 = old;
        FloatVector max1 = old;
        FloatVector max2 = old;
        FloatVector max3 = old;
        int key = 0;
        for (; key <= keys - 4; key += 4) {
            FloatVector s0 = FloatVector.fromArray(Lanes.FLOAT, m, scores + key * BLOCK);
            FloatVector s1 = FloatVector.fromArray(Lanes.FLOAT, m, scores + key * BLOCK + BLOCK);
            FloatVector s2 = FloatVector.fromArray(Lanes.FLOAT, m, scores + key * BLOCK + 2 * BLOCK);
            FloatVector s3 = FloatVector.fromArray(Lanes.FLOAT, m, scores + key * BLOCK + 3 * BLOCK);
            max0 = s0.blend(max0, s0.compare(VectorOperators.LE, max0));
            max1 = s1.blend(max1, s1.compare(VectorOperators.LE, max1));
            max2 = s2.blend(max2, s2.compare(VectorOperators.LE, max2));
            max3 = s3.blend(max3, s3.compare(VectorOperators.LE, max3));
        }
        for (; key < keys; key++) {
            FloatVector s = FloatVector.fromArray(Lanes.FLOAT, m, scores + key * BLOCK);
            max0 = s.blend(max0, s.compare(VectorOperators.LE, max0));
        }
        FloatVector max = old.blend(max0, old.compare(VectorOperators.LE, max0));
        max = max.blend(max1, max.compare(VectorOperators.LE, max1));
        max = max.blend(max2, max.compare(VectorOperators.LE, max2));
        max = max.blend(max3, max.compare(VectorOperators.LE, max3));
        // What was summed up stays relative to an older score as long as weights stay small numbers.
        max = old.blend(max, max.compare(VectorOperators.GT, old.add(SLACK)));
        // Lanes that have seen nothing yet have no largest score; they count from 0 instead.
        FloatVector base = max.blend(0, max.compare(VectorOperators.LE, HIDDEN));
        max.intoArray(m, state);
        Exponential.exp2(old.sub(base)).intoArray(m, state + 2 * BLOCK);
    }

    /// `scores = 2^(scores - largest)`; updates the sum of weights.
    private static void exponentials(float[] m, int scores, int keys, int state) {
        FloatVector max = FloatVector.fromArray(Lanes.FLOAT, m, state);
        FloatVector base = max.blend(0, max.compare(VectorOperators.LE, HIDDEN));
        FloatVector sum = FloatVector.zero(Lanes.FLOAT);
        for (int key = 0; key < keys; key++) {
            FloatVector s = FloatVector.fromArray(Lanes.FLOAT, m, scores + key * BLOCK);
            FloatVector weight = Exponential.weight(s.sub(base));
            weight.intoArray(m, scores + key * BLOCK);
            sum = weight.add(sum);
        }
        FloatVector factor = FloatVector.fromArray(Lanes.FLOAT, m, state + 2 * BLOCK);
        FloatVector.fromArray(Lanes.FLOAT, m, state + BLOCK).fma(factor, sum).intoArray(m, state + BLOCK);
    }

    /// Makes the output relative to the new score, where there is an output.
    private static void rescale(float[] m, int state, int output, int headDim) {
        FloatVector factor = FloatVector.fromArray(Lanes.FLOAT, m, state + 2 * BLOCK);
        FloatVector sum = FloatVector.fromArray(Lanes.FLOAT, m, state + BLOCK);
        if (factor.compare(VectorOperators.NE, 1).and(sum.compare(VectorOperators.NE, 0)).anyTrue()) {
            for (int d = 0; d < headDim; d++) {
                FloatVector.fromArray(Lanes.FLOAT, m, output + d * BLOCK)
                        .mul(factor)
                        .intoArray(m, output + d * BLOCK);
            }
        }
    }
}
