package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// A register tile of 8 rows by two vectors: `C[8][2 L] (+)= A[depth][8]^T B[depth][2 L]`, all in one array.
///
/// `A` is part of a panel 16 numbers wide, `B` and `C` are blocks two vectors wide. Two vectors of `B` are loaded per
/// step and multiplied by 8 numbers of `A`; the 16 sums stay in registers, for machines with 32 of them.
final class Tile8 {

    /// Rows of the tile.
    static final int ROWS = 8;

    private static final int L = Lanes.WIDTH;
    private static final int B = 2 * Lanes.WIDTH;
    private static final int PANEL = Tiles.PANEL;

    private Tile8() {}

    /// `C = A^T B`.
    static void product(float[] m, int a, int b, int depth, int c) {
        FloatVector c00 = FloatVector.zero(Lanes.FLOAT);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c60 = c00;
        FloatVector c61 = c00;
        FloatVector c70 = c00;
        FloatVector c71 = c00;
        for (int k = 0; k < depth; k++) {
            int i = a + k * PANEL;
            FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, m, b + k * B);
            FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, m, b + k * B + L);
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOAT, m[i]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOAT, m[i + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(Lanes.FLOAT, m[i + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(Lanes.FLOAT, m[i + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(Lanes.FLOAT, m[i + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(Lanes.FLOAT, m[i + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(Lanes.FLOAT, m[i + 6]);
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(Lanes.FLOAT, m[i + 7]);
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
        }
        c00.intoArray(m, c);
        c01.intoArray(m, c + L);
        c10.intoArray(m, c + B);
        c11.intoArray(m, c + B + L);
        c20.intoArray(m, c + 2 * B);
        c21.intoArray(m, c + 2 * B + L);
        c30.intoArray(m, c + 3 * B);
        c31.intoArray(m, c + 3 * B + L);
        c40.intoArray(m, c + 4 * B);
        c41.intoArray(m, c + 4 * B + L);
        c50.intoArray(m, c + 5 * B);
        c51.intoArray(m, c + 5 * B + L);
        c60.intoArray(m, c + 6 * B);
        c61.intoArray(m, c + 6 * B + L);
        c70.intoArray(m, c + 7 * B);
        c71.intoArray(m, c + 7 * B + L);
    }

    /// `C += A^T B`.
    static void accumulate(float[] m, int a, int b, int depth, int c) {
        FloatVector c00 = FloatVector.fromArray(Lanes.FLOAT, m, c);
        FloatVector c01 = FloatVector.fromArray(Lanes.FLOAT, m, c + L);
        FloatVector c10 = FloatVector.fromArray(Lanes.FLOAT, m, c + B);
        FloatVector c11 = FloatVector.fromArray(Lanes.FLOAT, m, c + B + L);
        FloatVector c20 = FloatVector.fromArray(Lanes.FLOAT, m, c + 2 * B);
        FloatVector c21 = FloatVector.fromArray(Lanes.FLOAT, m, c + 2 * B + L);
        FloatVector c30 = FloatVector.fromArray(Lanes.FLOAT, m, c + 3 * B);
        FloatVector c31 = FloatVector.fromArray(Lanes.FLOAT, m, c + 3 * B + L);
        FloatVector c40 = FloatVector.fromArray(Lanes.FLOAT, m, c + 4 * B);
        FloatVector c41 = FloatVector.fromArray(Lanes.FLOAT, m, c + 4 * B + L);
        FloatVector c50 = FloatVector.fromArray(Lanes.FLOAT, m, c + 5 * B);
        FloatVector c51 = FloatVector.fromArray(Lanes.FLOAT, m, c + 5 * B + L);
        FloatVector c60 = FloatVector.fromArray(Lanes.FLOAT, m, c + 6 * B);
        FloatVector c61 = FloatVector.fromArray(Lanes.FLOAT, m, c + 6 * B + L);
        FloatVector c70 = FloatVector.fromArray(Lanes.FLOAT, m, c + 7 * B);
        FloatVector c71 = FloatVector.fromArray(Lanes.FLOAT, m, c + 7 * B + L);
        for (int k = 0; k < depth; k++) {
            int i = a + k * PANEL;
            FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, m, b + k * B);
            FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, m, b + k * B + L);
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOAT, m[i]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOAT, m[i + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(Lanes.FLOAT, m[i + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(Lanes.FLOAT, m[i + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(Lanes.FLOAT, m[i + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(Lanes.FLOAT, m[i + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            FloatVector a6 = FloatVector.broadcast(Lanes.FLOAT, m[i + 6]);
            c60 = a6.fma(b0, c60);
            c61 = a6.fma(b1, c61);
            FloatVector a7 = FloatVector.broadcast(Lanes.FLOAT, m[i + 7]);
            c70 = a7.fma(b0, c70);
            c71 = a7.fma(b1, c71);
        }
        c00.intoArray(m, c);
        c01.intoArray(m, c + L);
        c10.intoArray(m, c + B);
        c11.intoArray(m, c + B + L);
        c20.intoArray(m, c + 2 * B);
        c21.intoArray(m, c + 2 * B + L);
        c30.intoArray(m, c + 3 * B);
        c31.intoArray(m, c + 3 * B + L);
        c40.intoArray(m, c + 4 * B);
        c41.intoArray(m, c + 4 * B + L);
        c50.intoArray(m, c + 5 * B);
        c51.intoArray(m, c + 5 * B + L);
        c60.intoArray(m, c + 6 * B);
        c61.intoArray(m, c + 6 * B + L);
        c70.intoArray(m, c + 7 * B);
        c71.intoArray(m, c + 7 * B + L);
    }
}
