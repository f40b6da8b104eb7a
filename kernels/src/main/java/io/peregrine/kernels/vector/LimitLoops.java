package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Loops that do nothing but multiply-add, or nothing but read.
///
/// A vector that a loop carries is an argument here, never the receiver of a call: the compiler does not
/// always know its class, and then allocates it anew in every step. It is the summand of a multiply-add,
/// since the instruction overwrites its summand: a factor that is carried would cost a copy in every step.
/// Calls must be short and many, so that the method is compiled as a whole and not from the middle of its
/// loop.
public final class LimitLoops {

    /// Chains of [#fma]: enough to hide the latency of all multiply-add units, few enough to stay in
    /// registers beside their two factors. Machines have 16 registers, or 32 and then up to four units.
    private static final int CHAINS =
            Lanes.WIDTH == 16 || System.getProperty("os.arch").equals("aarch64") ? 20 : 12;

    /// Operations of one round of [#fma]: a multiplication and an addition in each lane of each chain.
    public static final int FLOPS_PER_ROUND = CHAINS * 2 * Lanes.WIDTH;

    private LimitLoops() {}

    /// Multiply-adds in independent chains.
    ///
    /// @return something that depends on every operation
    public static float fma(int rounds, float seed) {
        return CHAINS == 12 ? twelveChains(rounds, seed) : twentyChains(rounds, seed);
    }

    private static float twelveChains(int rounds, float seed) {
        FloatVector x = FloatVector.broadcast(Lanes.FLOAT, seed + 1e-3f);
        FloatVector y = FloatVector.broadcast(Lanes.FLOAT, 0.999f);
        FloatVector a = x.add(0);
        FloatVector b = x.add(1);
        FloatVector c = x.add(2);
        FloatVector d = x.add(3);
        FloatVector e = x.add(4);
        FloatVector f = x.add(5);
        FloatVector g = x.add(6);
        FloatVector h = x.add(7);
        FloatVector i = x.add(8);
        FloatVector j = x.add(9);
        FloatVector k = x.add(10);
        FloatVector l = x.add(11);
        for (int round = 0; round < rounds; round++) {
            a = x.fma(y, a);
            b = x.fma(y, b);
            c = x.fma(y, c);
            d = x.fma(y, d);
            e = x.fma(y, e);
            f = x.fma(y, f);
            g = x.fma(y, g);
            h = x.fma(y, h);
            i = x.fma(y, i);
            j = x.fma(y, j);
            k = x.fma(y, k);
            l = x.fma(y, l);
        }
        return x.add(a)
                .add(b)
                .add(c)
                .add(d)
                .add(e)
                .add(f)
                .add(g)
                .add(h)
                .add(i)
                .add(j)
                .add(k)
                .add(l)
                .lane(0);
    }

    private static float twentyChains(int rounds, float seed) {
        FloatVector x = FloatVector.broadcast(Lanes.FLOAT, seed + 1e-3f);
        FloatVector y = FloatVector.broadcast(Lanes.FLOAT, 0.999f);
        FloatVector c0 = x.add(0);
        FloatVector c1 = x.add(1);
        FloatVector c2 = x.add(2);
        FloatVector c3 = x.add(3);
        FloatVector c4 = x.add(4);
        FloatVector c5 = x.add(5);
        FloatVector c6 = x.add(6);
        FloatVector c7 = x.add(7);
        FloatVector c8 = x.add(8);
        FloatVector c9 = x.add(9);
        FloatVector c10 = x.add(10);
        FloatVector c11 = x.add(11);
        FloatVector c12 = x.add(12);
        FloatVector c13 = x.add(13);
        FloatVector c14 = x.add(14);
        FloatVector c15 = x.add(15);
        FloatVector c16 = x.add(16);
        FloatVector c17 = x.add(17);
        FloatVector c18 = x.add(18);
        FloatVector c19 = x.add(19);
        for (int round = 0; round < rounds; round++) {
            c0 = x.fma(y, c0);
            c1 = x.fma(y, c1);
            c2 = x.fma(y, c2);
            c3 = x.fma(y, c3);
            c4 = x.fma(y, c4);
            c5 = x.fma(y, c5);
            c6 = x.fma(y, c6);
            c7 = x.fma(y, c7);
            c8 = x.fma(y, c8);
            c9 = x.fma(y, c9);
            c10 = x.fma(y, c10);
            c11 = x.fma(y, c11);
            c12 = x.fma(y, c12);
            c13 = x.fma(y, c13);
            c14 = x.fma(y, c14);
            c15 = x.fma(y, c15);
            c16 = x.fma(y, c16);
            c17 = x.fma(y, c17);
            c18 = x.fma(y, c18);
            c19 = x.fma(y, c19);
        }
        return x.add(c0)
                .add(c1)
                .add(c2)
                .add(c3)
                .add(c4)
                .add(c5)
                .add(c6)
                .add(c7)
                .add(c8)
                .add(c9)
                .add(c10)
                .add(c11)
                .add(c12)
                .add(c13)
                .add(c14)
                .add(c15)
                .add(c16)
                .add(c17)
                .add(c18)
                .add(c19)
                .lane(0);
    }

    /// Reads `count` elements from `from` in one stream, four vectors at a time; a rest of less than that is
    /// left out.
    ///
    /// @return something that depends on every element read
    public static int read(float[] memory, int from, int count) {
        return read(memory, from, Lanes.WIDTH, 4 * Lanes.WIDTH, count);
    }

    /// Reads `count` elements from `from` in four streams side by side, which some memories answer faster; a
    /// rest of less than a vector for each is left out.
    ///
    /// @return something that depends on every element read
    public static int readStreams(float[] memory, int from, int count) {
        return read(memory, from, count / 4, Lanes.WIDTH, count / 4);
    }

    /// Reads vectors at `i`, `i + apart`, `i + 2 apart` and `i + 3 apart` while `i` goes on by `step` below
    /// `count`.
    private static int read(float[] memory, int from, int apart, int step, int count) {
        IntVector a = IntVector.zero(Lanes.INT);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        for (int i = from; i <= from + count - step; i += step) {
            a = FloatVector.fromArray(Lanes.FLOAT, memory, i)
                    .reinterpretAsInts()
                    .or(a);
            b = FloatVector.fromArray(Lanes.FLOAT, memory, i + apart)
                    .reinterpretAsInts()
                    .or(b);
            c = FloatVector.fromArray(Lanes.FLOAT, memory, i + 2 * apart)
                    .reinterpretAsInts()
                    .or(c);
            d = FloatVector.fromArray(Lanes.FLOAT, memory, i + 3 * apart)
                    .reinterpretAsInts()
                    .or(d);
        }
        return IntVector.zero(Lanes.INT).or(a).or(b).or(c).or(d).lane(0);
    }
}
