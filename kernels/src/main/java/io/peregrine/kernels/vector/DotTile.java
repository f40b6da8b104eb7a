package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// The register tile of products with a few tokens: 2 rows of weights by 4 tokens, elements of the rows in the lanes.
///
/// Eight sums hide the latency of the additions; with six operands they fit in the 16 vector registers of AVX2. Tokens
/// need not be a whole vector, as in [io.peregrine.kernels.vector.ProductTile], but every sum has to be folded in the
/// end.
final class DotTile {

    private static final int L = Lanes.WIDTH;

    private DotTile() {}

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
        for (int i = 0; i < depth; i += L) {
            int b = xOffset + i;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, w, wOffset + i);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, w, wOffset + wStride + i);
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOAT, x, b);
            c00 = w0.fma(x0, c00);
            c10 = w1.fma(x0, c10);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOAT, x, b + xStride);
            c01 = w0.fma(x1, c01);
            c11 = w1.fma(x1, c11);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOAT, x, b + 2 * xStride);
            c02 = w0.fma(x2, c02);
            c12 = w1.fma(x2, c12);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOAT, x, b + 3 * xStride);
            c03 = w0.fma(x3, c03);
            c13 = w1.fma(x3, c13);
        }
        FloatVector.fromArray(Lanes.FLOAT, lanes, at).add(c00).intoArray(lanes, at);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + L).add(c01).intoArray(lanes, at + L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 2 * L).add(c02).intoArray(lanes, at + 2 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 3 * L).add(c03).intoArray(lanes, at + 3 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 4 * L).add(c10).intoArray(lanes, at + 4 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 5 * L).add(c11).intoArray(lanes, at + 5 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 6 * L).add(c12).intoArray(lanes, at + 6 * L);
        FloatVector.fromArray(Lanes.FLOAT, lanes, at + 7 * L).add(c13).intoArray(lanes, at + 7 * L);
    }
}
