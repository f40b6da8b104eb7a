package io.peregrine.kernels.vector;

import static io.peregrine.kernels.internal.ProductLoops.PANEL;
import static io.peregrine.kernels.internal.ProductLoops.TILE_STRIDE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/// As [ProductTile], with 12 rows of weights, for 32 vector registers: 24 sums, two vectors of tokens and a weight. Tokens
/// are in native memory, where vectors do not cross cache lines.
///
/// Written out again, because a loop over rows in the loop over elements would allocate (docs/design/0014).
final class WideProductTile {

    static final int ROWS = 12;

    private static final int L = Lanes.WIDTH;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private WideProductTile() {}

    /// See [io.peregrine.kernels.internal.ProductLoops#tile].
    static void multiply(float[] w, int wOffset, MemorySegment x, int xOffset, int depth, float[] out, int at) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector c00 = zero;
        FloatVector c01 = zero;
        FloatVector c10 = zero;
        FloatVector c11 = zero;
        FloatVector c20 = zero;
        FloatVector c21 = zero;
        FloatVector c30 = zero;
        FloatVector c31 = zero;
        FloatVector c40 = zero;
        FloatVector c41 = zero;
        FloatVector c50 = zero;
        FloatVector c51 = zero;
        FloatVector c60 = zero;
        FloatVector c61 = zero;
        FloatVector c70 = zero;
        FloatVector c71 = zero;
        FloatVector c80 = zero;
        FloatVector c81 = zero;
        FloatVector c90 = zero;
        FloatVector c91 = zero;
        FloatVector ca0 = zero;
        FloatVector ca1 = zero;
        FloatVector cb0 = zero;
        FloatVector cb1 = zero;
        long b = (long) xOffset * Float.BYTES;
        for (int i = 0; i < depth; i++, b += PANEL * Float.BYTES) {
            int a = wOffset + i;
            FloatVector b0 = FloatVector.fromMemorySegment(Lanes.FLOAT, x, b, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(Lanes.FLOAT, x, b + L * Float.BYTES, ORDER);
            FloatVector weight = FloatVector.broadcast(Lanes.FLOAT, w[a]);
            c00 = weight.fma(b0, c00);
            c01 = weight.fma(b1, c01);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + TILE_STRIDE]);
            c10 = weight.fma(b0, c10);
            c11 = weight.fma(b1, c11);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 2 * TILE_STRIDE]);
            c20 = weight.fma(b0, c20);
            c21 = weight.fma(b1, c21);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 3 * TILE_STRIDE]);
            c30 = weight.fma(b0, c30);
            c31 = weight.fma(b1, c31);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 4 * TILE_STRIDE]);
            c40 = weight.fma(b0, c40);
            c41 = weight.fma(b1, c41);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 5 * TILE_STRIDE]);
            c50 = weight.fma(b0, c50);
            c51 = weight.fma(b1, c51);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 6 * TILE_STRIDE]);
            c60 = weight.fma(b0, c60);
            c61 = weight.fma(b1, c61);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 7 * TILE_STRIDE]);
            c70 = weight.fma(b0, c70);
            c71 = weight.fma(b1, c71);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 8 * TILE_STRIDE]);
            c80 = weight.fma(b0, c80);
            c81 = weight.fma(b1, c81);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 9 * TILE_STRIDE]);
            c90 = weight.fma(b0, c90);
            c91 = weight.fma(b1, c91);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 10 * TILE_STRIDE]);
            ca0 = weight.fma(b0, ca0);
            ca1 = weight.fma(b1, ca1);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 11 * TILE_STRIDE]);
            cb0 = weight.fma(b0, cb0);
            cb1 = weight.fma(b1, cb1);
        }
        zero.add(c00).intoArray(out, at);
        zero.add(c01).intoArray(out, at + L);
        zero.add(c10).intoArray(out, at + PANEL);
        zero.add(c11).intoArray(out, at + PANEL + L);
        zero.add(c20).intoArray(out, at + 2 * PANEL);
        zero.add(c21).intoArray(out, at + 2 * PANEL + L);
        zero.add(c30).intoArray(out, at + 3 * PANEL);
        zero.add(c31).intoArray(out, at + 3 * PANEL + L);
        zero.add(c40).intoArray(out, at + 4 * PANEL);
        zero.add(c41).intoArray(out, at + 4 * PANEL + L);
        zero.add(c50).intoArray(out, at + 5 * PANEL);
        zero.add(c51).intoArray(out, at + 5 * PANEL + L);
        zero.add(c60).intoArray(out, at + 6 * PANEL);
        zero.add(c61).intoArray(out, at + 6 * PANEL + L);
        zero.add(c70).intoArray(out, at + 7 * PANEL);
        zero.add(c71).intoArray(out, at + 7 * PANEL + L);
        zero.add(c80).intoArray(out, at + 8 * PANEL);
        zero.add(c81).intoArray(out, at + 8 * PANEL + L);
        zero.add(c90).intoArray(out, at + 9 * PANEL);
        zero.add(c91).intoArray(out, at + 9 * PANEL + L);
        zero.add(ca0).intoArray(out, at + 10 * PANEL);
        zero.add(ca1).intoArray(out, at + 10 * PANEL + L);
        zero.add(cb0).intoArray(out, at + 11 * PANEL);
        zero.add(cb1).intoArray(out, at + 11 * PANEL + L);
    }
}
