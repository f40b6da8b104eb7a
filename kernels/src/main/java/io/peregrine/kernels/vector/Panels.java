package io.peregrine.kernels.vector;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/// Products of a panel 16 numbers wide with vectors: `y[16] += sum over k of x[k] * panel[k][16]`.
///
/// With a panel of keys and a query these are 16 scores, with a panel of values and weights 16 elements of the
/// output. The panel is read from front to back, a run of vectors at a time, whatever their width is:
///
/// ```
///             panel[k][16]        panel[k + 1][16]
/// 128 bits    v0  v1  v2  v3      v4  v5  v6  v7
/// 256 bits    v0      v1          v2      v3          ...
/// 512 bits    v0                  v1                  ...
/// ```
///
/// A vector that a loop carries is an argument here, never the receiver of a call: the compiler does not always know
/// its class, and then allocates it anew in every step.
public final class Panels {

    private static final int L = Lanes.WIDTH;
    private static final int PANEL = Tiles.PANEL;

    /// Whether a fence costs nothing; see [io.peregrine.kernels.vector.ProductTile].
    private static final boolean FENCES = Tiles.FENCES;

    /// Rows that the eight vectors of a step of [#multiply] cover.
    private static final int ROWS = 8 * L / PANEL;

    /// Numbers of a row that the two vectors of a step of [#multiplyFour] cover.
    private static final int COLUMNS = Math.min(2 * L, PANEL);

    /// Rows that they cover.
    private static final int PAIR_ROWS = 2 * L / COLUMNS;

    private Panels() {}

    /// One vector. Eight sums hide the latency of the additions.
    ///
    /// @param depth length of the panel and of `x`
    public static void multiply(float[] panel, int at, int depth, float[] x, int xOffset, float[] y, int yOffset) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        FloatVector s4 = zero;
        FloatVector s5 = zero;
        FloatVector s6 = zero;
        FloatVector s7 = zero;
        int k = 0;
        for (; k <= depth - ROWS; k += ROWS) {
            int i = at + k * PANEL;
            int j = xOffset + k;
            FloatVector number = FloatVector.broadcast(Lanes.FLOAT, x[j]);
            s0 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i), s0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + L / PANEL]);
            s1 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + L), s1);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * L / PANEL]);
            s2 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 2 * L), s2);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * L / PANEL]);
            s3 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 3 * L), s3);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 4 * L / PANEL]);
            s4 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 4 * L), s4);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 5 * L / PANEL]);
            s5 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 5 * L), s5);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 6 * L / PANEL]);
            s6 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 6 * L), s6);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 7 * L / PANEL]);
            s7 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 7 * L), s7);
        }
        for (; k < depth; k++) {
            int i = at + k * PANEL;
            FloatVector number = FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k]);
            s0 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i), s0);
            if (L <= PANEL / 2) {
                s1 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + L), s1);
            }
            if (L <= PANEL / 4) {
                s2 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 2 * L), s2);
                s3 = number.fma(FloatVector.fromArray(Lanes.FLOAT, panel, i + 3 * L), s3);
            }
        }
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOAT, y, yOffset);
        if (L == PANEL) {
            y0.add(s0).add(s1).add(s2).add(s3).add(s4).add(s5).add(s6).add(s7).intoArray(y, yOffset);
            return;
        }
        FloatVector y1 = FloatVector.fromArray(Lanes.FLOAT, y, yOffset + L);
        if (L == PANEL / 2) {
            y0.add(s0).add(s2).add(s4).add(s6).intoArray(y, yOffset);
            y1.add(s1).add(s3).add(s5).add(s7).intoArray(y, yOffset + L);
            return;
        }
        FloatVector y2 = FloatVector.fromArray(Lanes.FLOAT, y, yOffset + 2 * L);
        FloatVector y3 = FloatVector.fromArray(Lanes.FLOAT, y, yOffset + 3 * L);
        y0.add(s0).add(s4).intoArray(y, yOffset);
        y1.add(s1).add(s5).intoArray(y, yOffset + L);
        y2.add(s2).add(s6).intoArray(y, yOffset + 2 * L);
        y3.add(s3).add(s7).intoArray(y, yOffset + 3 * L);
    }

    /// Four vectors `xStride` apart, with results `yStride` apart. The numbers of one vector are loaded after those of
    /// another, so that 16 registers are enough: see [io.peregrine.kernels.vector.ProductTile].
    ///
    /// @param depth length of the panel and of each vector
    public static void multiplyFour(
            float[] panel,
            int at,
            int depth,
            float[] x,
            int xOffset,
            int xStride,
            float[] y,
            int yOffset,
            int yStride) {
        for (int lane = 0; lane < PANEL; lane += COLUMNS) {
            columns(panel, at + lane, depth, x, xOffset, xStride, y, yOffset + lane, yStride);
        }
    }

    /// [#COLUMNS] columns. A method of its own: with a loop around its loops, even one of a single round, the compiler
    /// may allocate.
    private static void columns(
            float[] panel, int at, int depth, float[] x, int xOffset, int xStride, float[] y, int a, int yStride) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector b0 = zero;
        FloatVector b1 = zero;
        FloatVector c0 = zero;
        FloatVector c1 = zero;
        FloatVector d0 = zero;
        FloatVector d1 = zero;
        int k = 0;
        for (; k <= depth - 2 * PAIR_ROWS; k += 2 * PAIR_ROWS) {
            int i = at + k * PANEL;
            int j = xOffset + k;
            FloatVector u = FloatVector.fromArray(Lanes.FLOAT, panel, i);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, panel, i + L);
            FloatVector number = FloatVector.broadcast(Lanes.FLOAT, x[j]);
            a0 = number.fma(u, a0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + L / PANEL]);
            a1 = number.fma(v, a1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + xStride]);
            b0 = number.fma(u, b0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + xStride + L / PANEL]);
            b1 = number.fma(v, b1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * xStride]);
            c0 = number.fma(u, c0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * xStride + L / PANEL]);
            c1 = number.fma(v, c1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * xStride]);
            d0 = number.fma(u, d0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * xStride + L / PANEL]);
            d1 = number.fma(v, d1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            i = at + (k + PAIR_ROWS) * PANEL;
            j = xOffset + k + PAIR_ROWS;
            u = FloatVector.fromArray(Lanes.FLOAT, panel, i);
            v = FloatVector.fromArray(Lanes.FLOAT, panel, i + L);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j]);
            a0 = number.fma(u, a0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + L / PANEL]);
            a1 = number.fma(v, a1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + xStride]);
            b0 = number.fma(u, b0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + xStride + L / PANEL]);
            b1 = number.fma(v, b1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * xStride]);
            c0 = number.fma(u, c0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * xStride + L / PANEL]);
            c1 = number.fma(v, c1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * xStride]);
            d0 = number.fma(u, d0);
            number = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * xStride + L / PANEL]);
            d1 = number.fma(v, d1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
        }
        for (; k < depth; k++) {
            int i = at + k * PANEL;
            int j = xOffset + k;
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, panel, i);
            a0 = FloatVector.broadcast(Lanes.FLOAT, x[j]).fma(v, a0);
            b0 = FloatVector.broadcast(Lanes.FLOAT, x[j + xStride]).fma(v, b0);
            c0 = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * xStride]).fma(v, c0);
            d0 = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * xStride]).fma(v, d0);
            if (L < PANEL) {
                v = FloatVector.fromArray(Lanes.FLOAT, panel, i + L);
                a1 = FloatVector.broadcast(Lanes.FLOAT, x[j]).fma(v, a1);
                b1 = FloatVector.broadcast(Lanes.FLOAT, x[j + xStride]).fma(v, b1);
                c1 = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * xStride]).fma(v, c1);
                d1 = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * xStride]).fma(v, d1);
            }
        }
        int b = a + yStride;
        int c = b + yStride;
        int d = c + yStride;
        if (L == PANEL) {
            FloatVector.fromArray(Lanes.FLOAT, y, a).add(a0).add(a1).intoArray(y, a);
            FloatVector.fromArray(Lanes.FLOAT, y, b).add(b0).add(b1).intoArray(y, b);
            FloatVector.fromArray(Lanes.FLOAT, y, c).add(c0).add(c1).intoArray(y, c);
            FloatVector.fromArray(Lanes.FLOAT, y, d).add(d0).add(d1).intoArray(y, d);
        } else {
            FloatVector.fromArray(Lanes.FLOAT, y, a).add(a0).intoArray(y, a);
            FloatVector.fromArray(Lanes.FLOAT, y, a + L).add(a1).intoArray(y, a + L);
            FloatVector.fromArray(Lanes.FLOAT, y, b).add(b0).intoArray(y, b);
            FloatVector.fromArray(Lanes.FLOAT, y, b + L).add(b1).intoArray(y, b + L);
            FloatVector.fromArray(Lanes.FLOAT, y, c).add(c0).intoArray(y, c);
            FloatVector.fromArray(Lanes.FLOAT, y, c + L).add(c1).intoArray(y, c + L);
            FloatVector.fromArray(Lanes.FLOAT, y, d).add(d0).intoArray(y, d);
            FloatVector.fromArray(Lanes.FLOAT, y, d + L).add(d1).intoArray(y, d + L);
        }
    }
}
