package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Loops that do nothing but multiply-add, or nothing but read.
///
/// A vector that a loop carries is an argument here, never the receiver of a call: the compiler does not always know
/// its class, and then allocates it anew in every step.
public final class LimitLoops {

    /// Operations of one round of [#fma]: ten vectors, a multiplication and an addition in each lane.
    public static final int FLOPS_PER_ROUND = 10 * 2 * Lanes.WIDTH;

    private LimitLoops() {}

    /// Ten independent chains hide the latency of two multiply-add units and leave room in 16 registers.
    ///
    /// @return something that depends on every operation
    public static float fma(int rounds, float seed) {
        FloatVector factor = FloatVector.broadcast(Lanes.FLOAT, 0.999f);
        FloatVector term = FloatVector.broadcast(Lanes.FLOAT, seed + 1e-3f);
        FloatVector a = term;
        FloatVector b = term.add(1);
        FloatVector c = term.add(2);
        FloatVector d = term.add(3);
        FloatVector e = term.add(4);
        FloatVector f = term.add(5);
        FloatVector g = term.add(6);
        FloatVector h = term.add(7);
        FloatVector i = term.add(8);
        FloatVector j = term.add(9);
        for (int round = 0; round < rounds; round++) {
            a = factor.fma(a, term);
            b = factor.fma(b, term);
            c = factor.fma(c, term);
            d = factor.fma(d, term);
            e = factor.fma(e, term);
            f = factor.fma(f, term);
            g = factor.fma(g, term);
            h = factor.fma(h, term);
            i = factor.fma(i, term);
            j = factor.fma(j, term);
        }
        return term.add(a)
                .add(b)
                .add(c)
                .add(d)
                .add(e)
                .add(f)
                .add(g)
                .add(h)
                .add(i)
                .add(j)
                .lane(0);
    }

    /// Reads `count` elements from `from`, four vectors at a time; a rest of less than that is left out.
    ///
    /// @return something that depends on every element read
    public static int read(float[] memory, int from, int count) {
        IntVector a = IntVector.zero(Lanes.INT);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        int width = Lanes.WIDTH;
        for (int i = from; i <= from + count - 4 * width; i += 4 * width) {
            a = FloatVector.fromArray(Lanes.FLOAT, memory, i).reinterpretAsInts().or(a);
            b = FloatVector.fromArray(Lanes.FLOAT, memory, i + width).reinterpretAsInts().or(b);
            c = FloatVector.fromArray(Lanes.FLOAT, memory, i + 2 * width).reinterpretAsInts().or(c);
            d = FloatVector.fromArray(Lanes.FLOAT, memory, i + 3 * width).reinterpretAsInts().or(d);
        }
        return IntVector.zero(Lanes.INT).or(a).or(b).or(c).or(d).lane(0);
    }
}
