package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// As [DotTile], with 4 rows of weights by 4 tokens, for 32 vector registers: 16 sums, four weights and a token.
/// Written out again, because a loop over rows in the loop over elements would allocate (docs/design/0014).
final class WideDotTile {

    private static final int L = Lanes.WIDTH;

    private WideDotTile() {}

    /// See [io.peregrine.kernels.internal.ProductLoops#dots].
    static void add(
            float[] w,
            int wOffset,
            int wStride,
            float[] x,
            int xOffset,
            int xStride,
            int depth,
            float[] lanes,
            int at) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector c00 = zero;
        FloatVector c01 = zero;
        FloatVector c02 = zero;
        FloatVector c03 = zero;
        FloatVector c10 = zero;
        FloatVector c11 = zero;
        FloatVector c12 = zero;
        FloatVector c13 = zero;
        FloatVector c20 = zero;
        FloatVector c21 = zero;
        FloatVector c22 = zero;
        FloatVector c23 = zero;
        FloatVector c30 = zero;
        FloatVector c31 = zero;
        FloatVector c32 = zero;
        FloatVector c33 = zero;
        for (int i = 0; i < depth; i += L) {
            int a = wOffset + i;
            int b = xOffset + i;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, w, a);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, w, a + wStride);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, w, a + 2 * wStride);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, w, a + 3 * wStride);
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOAT, x, b);
            c00 = w0.fma(x0, c00);
            c10 = w1.fma(x0, c10);
            c20 = w2.fma(x0, c20);
            c30 = w3.fma(x0, c30);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOAT, x, b + xStride);
            c01 = w0.fma(x1, c01);
            c11 = w1.fma(x1, c11);
            c21 = w2.fma(x1, c21);
            c31 = w3.fma(x1, c31);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOAT, x, b + 2 * xStride);
            c02 = w0.fma(x2, c02);
            c12 = w1.fma(x2, c12);
            c22 = w2.fma(x2, c22);
            c32 = w3.fma(x2, c32);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOAT, x, b + 3 * xStride);
            c03 = w0.fma(x3, c03);
            c13 = w1.fma(x3, c13);
            c23 = w2.fma(x3, c23);
            c33 = w3.fma(x3, c33);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, at).add(c00).intoArray(lanes, at);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + L).add(c01).intoArray(lanes, at + L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 2 * L).add(c02).intoArray(lanes, at + 2 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 3 * L).add(c03).intoArray(lanes, at + 3 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 4 * L).add(c10).intoArray(lanes, at + 4 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 5 * L).add(c11).intoArray(lanes, at + 5 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 6 * L).add(c12).intoArray(lanes, at + 6 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 7 * L).add(c13).intoArray(lanes, at + 7 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 8 * L).add(c20).intoArray(lanes, at + 8 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 9 * L).add(c21).intoArray(lanes, at + 9 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 10 * L).add(c22).intoArray(lanes, at + 10 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 11 * L).add(c23).intoArray(lanes, at + 11 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 12 * L).add(c30).intoArray(lanes, at + 12 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 13 * L).add(c31).intoArray(lanes, at + 13 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 14 * L).add(c32).intoArray(lanes, at + 14 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 15 * L).add(c33).intoArray(lanes, at + 15 * L);
    }
}
