package io.peregrine.kernels.vector;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/// The register tile of attention of six rows, for machines with 16 vector registers: 12 sums, two operands and
/// a number. See [io.peregrine.kernels.vector.Tiles].
///
/// The compiler likes to load numbers of several rows ahead, and then has to move sums to the stack and back. Loads
/// do not cross a fence, which is no instruction on x86.
final class Tile6 {

    static final int ROWS = 6;

    private static final int L = Lanes.WIDTH;
    private static final int B = Tiles.BLOCK;
    private static final int PANEL = Tiles.PANEL;

    private Tile6() {}

    /// Sums up, and adds to what is there or replaces it. The depth is even.
    static void run(float[] m, int a, int b, int depth, int c, boolean add) {
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
        for (int k = 0; k < depth; k += 2) {
            int i = a + k * PANEL;
            int j = b + k * B;
            FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, m, j);
            FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, m, j + L);
            FloatVector x = FloatVector.broadcast(Lanes.FLOAT, m[i]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + 4]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + 5]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            VarHandle.loadLoadFence();
            b0 = FloatVector.fromArray(Lanes.FLOAT, m, j + B);
            b1 = FloatVector.fromArray(Lanes.FLOAT, m, j + B + L);
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + PANEL]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + PANEL + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + PANEL + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + PANEL + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + PANEL + 4]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            VarHandle.loadLoadFence();
            x = FloatVector.broadcast(Lanes.FLOAT, m[i + PANEL + 5]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            VarHandle.loadLoadFence();
        }
        if (add) {
            FloatVector.fromArray(Lanes.FLOAT, m, c).add(c00).intoArray(m, c);
            FloatVector.fromArray(Lanes.FLOAT, m, c + L).add(c01).intoArray(m, c + L);
            FloatVector.fromArray(Lanes.FLOAT, m, c + B).add(c10).intoArray(m, c + B);
            FloatVector.fromArray(Lanes.FLOAT, m, c + B + L).add(c11).intoArray(m, c + B + L);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 2 * B).add(c20).intoArray(m, c + 2 * B);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 2 * B + L).add(c21).intoArray(m, c + 2 * B + L);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 3 * B).add(c30).intoArray(m, c + 3 * B);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 3 * B + L).add(c31).intoArray(m, c + 3 * B + L);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 4 * B).add(c40).intoArray(m, c + 4 * B);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 4 * B + L).add(c41).intoArray(m, c + 4 * B + L);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 5 * B).add(c50).intoArray(m, c + 5 * B);
            FloatVector.fromArray(Lanes.FLOAT, m, c + 5 * B + L).add(c51).intoArray(m, c + 5 * B + L);
        } else {
            zero.add(c00).intoArray(m, c);
            zero.add(c01).intoArray(m, c + L);
            zero.add(c10).intoArray(m, c + B);
            zero.add(c11).intoArray(m, c + B + L);
            zero.add(c20).intoArray(m, c + 2 * B);
            zero.add(c21).intoArray(m, c + 2 * B + L);
            zero.add(c30).intoArray(m, c + 3 * B);
            zero.add(c31).intoArray(m, c + 3 * B + L);
            zero.add(c40).intoArray(m, c + 4 * B);
            zero.add(c41).intoArray(m, c + 4 * B + L);
            zero.add(c50).intoArray(m, c + 5 * B);
            zero.add(c51).intoArray(m, c + 5 * B + L);
        }
    }
}
