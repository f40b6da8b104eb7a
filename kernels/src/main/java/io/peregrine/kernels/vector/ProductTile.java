package io.peregrine.kernels.vector;

import static io.peregrine.kernels.internal.ProductLoops.PANEL;
import static io.peregrine.kernels.internal.ProductLoops.TILE_STRIDE;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/// The register tile of matrix products: 6 rows of weights by two vectors of tokens.
///
/// ```
///              tokens  0 .. L-1   L .. 2L-1      one step of depth loads two vectors of tokens,
///   row 0   w[0] ->     c00         c01          broadcasts one weight of each row,
///   ...                 ...         ...          and does 12 multiply-adds into 12 registers
///   row 5   w[5] ->     c50         c51
/// ```
///
/// 12 sums, two operands and a weight fill the 16 vector registers of AVX2. The compiler likes to load the weights
/// of several rows ahead, and then has to move sums to the stack and back. Loads do not cross a fence, and on x86
/// this one is no instruction; other processors would pay for it, and have 32 registers.
///
/// The method calls nothing but methods that the JDK forces into their callers: the compiler stops inlining others
/// when a method has become large, and then allocates every vector that it would have to pass.
final class ProductTile {

    static final int ROWS = 6;

    /// Elements of a piece: those of a panel fit in the first-level cache.
    static final int DEPTH = 256;

    private static final int L = Lanes.WIDTH;
    private static final boolean FEW_REGISTERS =
            System.getProperty("os.arch").matches("amd64|x86_64");

    private ProductTile() {}

    /// See [io.peregrine.kernels.internal.ProductLoops#tile]. Sums are added to earlier ones elsewhere: with twelve more
    /// loads this method was so large that in some starts the compiler gave up at its last line, and the whole loop
    /// allocated.
    static void multiply(float[] w, int wOffset, float[] x, int xOffset, int depth, float[] out, int at) {
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
        for (int i = 0; i < depth; i += 2) {
            int a = wOffset + i;
            int b = xOffset + i * PANEL;
            FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, x, b);
            FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, x, b + L);
            FloatVector weight = FloatVector.broadcast(Lanes.FLOAT, w[a]);
            c00 = weight.fma(b0, c00);
            c01 = weight.fma(b1, c01);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + TILE_STRIDE]);
            c10 = weight.fma(b0, c10);
            c11 = weight.fma(b1, c11);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 2 * TILE_STRIDE]);
            c20 = weight.fma(b0, c20);
            c21 = weight.fma(b1, c21);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 3 * TILE_STRIDE]);
            c30 = weight.fma(b0, c30);
            c31 = weight.fma(b1, c31);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 4 * TILE_STRIDE]);
            c40 = weight.fma(b0, c40);
            c41 = weight.fma(b1, c41);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 5 * TILE_STRIDE]);
            c50 = weight.fma(b0, c50);
            c51 = weight.fma(b1, c51);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            b0 = FloatVector.fromArray(Lanes.FLOAT, x, b + PANEL);
            b1 = FloatVector.fromArray(Lanes.FLOAT, x, b + PANEL + L);
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 1]);
            c00 = weight.fma(b0, c00);
            c01 = weight.fma(b1, c01);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + TILE_STRIDE + 1]);
            c10 = weight.fma(b0, c10);
            c11 = weight.fma(b1, c11);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 2 * TILE_STRIDE + 1]);
            c20 = weight.fma(b0, c20);
            c21 = weight.fma(b1, c21);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 3 * TILE_STRIDE + 1]);
            c30 = weight.fma(b0, c30);
            c31 = weight.fma(b1, c31);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 4 * TILE_STRIDE + 1]);
            c40 = weight.fma(b0, c40);
            c41 = weight.fma(b1, c41);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
            weight = FloatVector.broadcast(Lanes.FLOAT, w[a + 5 * TILE_STRIDE + 1]);
            c50 = weight.fma(b0, c50);
            c51 = weight.fma(b1, c51);
            if (FEW_REGISTERS) {
                VarHandle.loadLoadFence();
            }
        }
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
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
    }
}
