package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// Products of a panel 16 numbers wide with vectors: `y[16] += sum over k of x[k] * panel[k][16]`.
///
/// With a panel of keys and a query these are 16 scores, with a panel of values and weights 16 elements of the output.
/// The panel is read from front to back, once for up to four vectors.
public final class Panels {

    private static final int L = Lanes.WIDTH;
    private static final int PANEL = Tiles.PANEL;

    private Panels() {}

    /// One vector. Four sums, of every fourth `k`, hide the latency of the addition.
    ///
    /// @param depth length of the panel and of `x`
    public static void multiply(float[] panel, int at, int depth, float[] x, int xOffset, float[] y, int yOffset) {
        for (int lanes = 0; lanes < PANEL; lanes += L) {
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOAT, y, yOffset + lanes);
            FloatVector y1 = FloatVector.zero(Lanes.FLOAT);
            FloatVector y2 = y1;
            FloatVector y3 = y1;
            int a = at + lanes;
            int k = 0;
            for (; k <= depth - 4; k += 4) {
                int i = a + k * PANEL;
                y0 = FloatVector.fromArray(Lanes.FLOAT, panel, i)
                        .fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k]), y0);
                y1 = FloatVector.fromArray(Lanes.FLOAT, panel, i + PANEL)
                        .fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k + 1]), y1);
                y2 = FloatVector.fromArray(Lanes.FLOAT, panel, i + 2 * PANEL)
                        .fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k + 2]), y2);
                y3 = FloatVector.fromArray(Lanes.FLOAT, panel, i + 3 * PANEL)
                        .fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k + 3]), y3);
            }
            for (; k < depth; k++) {
                y0 = FloatVector.fromArray(Lanes.FLOAT, panel, a + k * PANEL)
                        .fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k]), y0);
            }
            y0.add(y1).add(y2.add(y3)).intoArray(y, yOffset + lanes);
        }
    }

    /// Four vectors `xStride` apart, with results `yStride` apart. Two sums each, of even and odd `k`.
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
        int x1 = xOffset + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        for (int lanes = 0; lanes < PANEL; lanes += L) {
            int out = yOffset + lanes;
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOAT, y, out);
            FloatVector y1 = FloatVector.fromArray(Lanes.FLOAT, y, out + yStride);
            FloatVector y2 = FloatVector.fromArray(Lanes.FLOAT, y, out + 2 * yStride);
            FloatVector y3 = FloatVector.fromArray(Lanes.FLOAT, y, out + 3 * yStride);
            FloatVector z0 = FloatVector.zero(Lanes.FLOAT);
            FloatVector z1 = z0;
            FloatVector z2 = z0;
            FloatVector z3 = z0;
            int a = at + lanes;
            int k = 0;
            for (; k <= depth - 2; k += 2) {
                FloatVector p = FloatVector.fromArray(Lanes.FLOAT, panel, a + k * PANEL);
                y0 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k]), y0);
                y1 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x1 + k]), y1);
                y2 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x2 + k]), y2);
                y3 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x3 + k]), y3);
                p = FloatVector.fromArray(Lanes.FLOAT, panel, a + k * PANEL + PANEL);
                z0 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k + 1]), z0);
                z1 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x1 + k + 1]), z1);
                z2 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x2 + k + 1]), z2);
                z3 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x3 + k + 1]), z3);
            }
            if (k < depth) {
                FloatVector p = FloatVector.fromArray(Lanes.FLOAT, panel, a + k * PANEL);
                y0 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[xOffset + k]), y0);
                y1 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x1 + k]), y1);
                y2 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x2 + k]), y2);
                y3 = p.fma(FloatVector.broadcast(Lanes.FLOAT, x[x3 + k]), y3);
            }
            y0.add(z0).intoArray(y, out);
            y1.add(z1).intoArray(y, out + yStride);
            y2.add(z2).intoArray(y, out + 2 * yStride);
            y3.add(z3).intoArray(y, out + 3 * yStride);
        }
    }
}
