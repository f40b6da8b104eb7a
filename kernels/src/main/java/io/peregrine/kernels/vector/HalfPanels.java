package io.peregrine.kernels.vector;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// The products of [io.peregrine.kernels.vector.Panels] for panels of F16, as [io.peregrine.kernels.KvPage] keeps
/// them: two vectors that follow each other are the lower and the upper halves of 32-bit lanes.
///
/// ```
/// lane     s eeeee mmmmmmmmmm s eeeee mmmmmmmmmm
/// upper    s 000eeeee mmmmmmmmmm0000000000000         shifted to where a float has its fields, and masked
/// ```
///
/// What these bits say as floats is the number times 2^-112, if it is neither subnormal nor infinite nor NaN. The
/// other factors are to be that much larger.
public final class HalfPanels {

    /// Products take a multiple of so many rows.
    public static final int ROWS = 8;

    private static final int L = Lanes.WIDTH;
    private static final int PANEL = Tiles.PANEL;

    /// Whether a fence costs nothing; see [io.peregrine.kernels.vector.ProductTile].
    private static final boolean FENCES = Tiles.FENCES;
    private static final int FIELDS = 0x8fff_e000;
    private static final int EXPONENT = 0x0f80_0000;
    private static final int EXPONENT_BEFORE = 0x7000_0000;

    /// Rows that a step of [#multiply] covers.
    private static final int STEP = 8 * L / PANEL;

    /// Numbers of a row that a load of [#multiplyFour] covers.
    private static final int COLUMNS = Math.min(2 * L, PANEL);

    /// Rows that it covers.
    private static final int PAIR_ROWS = 2 * L / COLUMNS;

    private HalfPanels() {}

    /// Converts `count` numbers from index `from`, in the order of panels, and multiplies them by a power of two.
    /// Subnormal, infinite and NaN are what they are.
    ///
    /// @param count a multiple of 2 [Lanes#WIDTH]
    /// @param factor a power of two, at most 2^15
    public static void decode(short[] halves, int from, int count, float factor, float[] out, int outOffset) {
        float scale = 0x1p112f * factor;
        for (int i = 0; i < count; i += 2 * L) {
            IntVector w = ShortVector.fromArray(Lanes.SHORT, halves, from + i).reinterpretAsInts();
            IntVector low = w.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(FIELDS);
            IntVector high = w.lanewise(VectorOperators.ASHR, 3).and(FIELDS);
            low = low.blend(low.or(EXPONENT_BEFORE), low.and(EXPONENT).compare(VectorOperators.EQ, EXPONENT));
            high = high.blend(high.or(EXPONENT_BEFORE), high.and(EXPONENT).compare(VectorOperators.EQ, EXPONENT));
            low.reinterpretAsFloats().mul(scale).intoArray(out, outOffset + i);
            high.reinterpretAsFloats().mul(scale).intoArray(out, outOffset + i + L);
        }
    }

    /// One vector; see [io.peregrine.kernels.vector.Panels#multiply].
    ///
    /// @param depth length of the panel and of `x`, a multiple of [#ROWS]
    public static void multiply(short[] panel, int at, int depth, float[] x, int xOffset, float[] y, int yOffset) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        FloatVector s4 = zero;
        FloatVector s5 = zero;
        FloatVector s6 = zero;
        FloatVector s7 = zero;
        IntVector fields = IntVector.broadcast(Lanes.INT, FIELDS);
        for (int k = 0; k < depth; k += STEP) {
            int i = at + k * PANEL;
            int j = xOffset + k;
            IntVector w = ShortVector.fromArray(Lanes.SHORT, panel, i).reinterpretAsInts();
            FloatVector low = w.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(fields)
                    .reinterpretAsFloats();
            FloatVector high = w.lanewise(VectorOperators.ASHR, 3).and(fields).reinterpretAsFloats();
            s0 = FloatVector.broadcast(Lanes.FLOAT, x[j]).fma(low, s0);
            s1 = FloatVector.broadcast(Lanes.FLOAT, x[j + L / PANEL]).fma(high, s1);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            w = ShortVector.fromArray(Lanes.SHORT, panel, i + 2 * L).reinterpretAsInts();
            low = w.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(fields)
                    .reinterpretAsFloats();
            high = w.lanewise(VectorOperators.ASHR, 3).and(fields).reinterpretAsFloats();
            s2 = FloatVector.broadcast(Lanes.FLOAT, x[j + 2 * L / PANEL]).fma(low, s2);
            s3 = FloatVector.broadcast(Lanes.FLOAT, x[j + 3 * L / PANEL]).fma(high, s3);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            w = ShortVector.fromArray(Lanes.SHORT, panel, i + 4 * L).reinterpretAsInts();
            low = w.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(fields)
                    .reinterpretAsFloats();
            high = w.lanewise(VectorOperators.ASHR, 3).and(fields).reinterpretAsFloats();
            s4 = FloatVector.broadcast(Lanes.FLOAT, x[j + 4 * L / PANEL]).fma(low, s4);
            s5 = FloatVector.broadcast(Lanes.FLOAT, x[j + 5 * L / PANEL]).fma(high, s5);
            if (FENCES) {
                VarHandle.loadLoadFence();
            }
            w = ShortVector.fromArray(Lanes.SHORT, panel, i + 6 * L).reinterpretAsInts();
            low = w.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(fields)
                    .reinterpretAsFloats();
            high = w.lanewise(VectorOperators.ASHR, 3).and(fields).reinterpretAsFloats();
            s6 = FloatVector.broadcast(Lanes.FLOAT, x[j + 6 * L / PANEL]).fma(low, s6);
            s7 = FloatVector.broadcast(Lanes.FLOAT, x[j + 7 * L / PANEL]).fma(high, s7);
            if (FENCES) {
                VarHandle.loadLoadFence();
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

    /// Four vectors; see [io.peregrine.kernels.vector.Panels#multiplyFour].
    ///
    /// @param depth length of the panel and of each vector, a multiple of [#ROWS]
    public static void multiplyFour(
            short[] panel,
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

    /// [#COLUMNS] columns; see [io.peregrine.kernels.vector.Panels].
    private static void columns(
            short[] panel, int at, int depth, float[] x, int xOffset, int xStride, float[] y, int a, int yStride) {
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        IntVector fields = IntVector.broadcast(Lanes.INT, FIELDS);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector b0 = zero;
        FloatVector b1 = zero;
        FloatVector c0 = zero;
        FloatVector c1 = zero;
        FloatVector d0 = zero;
        FloatVector d1 = zero;
        for (int k = 0; k < depth; k += PAIR_ROWS) {
            int i = at + k * PANEL;
            int j = xOffset + k;
            IntVector w = ShortVector.fromArray(Lanes.SHORT, panel, i).reinterpretAsInts();
            FloatVector v = w.lanewise(VectorOperators.ASHR, 3).and(fields).reinterpretAsFloats();
            FloatVector u = w.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(fields)
                    .reinterpretAsFloats();
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
