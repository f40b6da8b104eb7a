package io.peregrine.kernels;

import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.scalar.ScalarLimitLoops;
import io.peregrine.kernels.vector.LimitLoops;
import java.util.Arrays;

/// What this machine can do at most with these workers: the yardsticks of every speed figure.
///
/// @param flopsPerSecond f32 multiply-adds in registers, each counted as two operations
/// @param bytesPerSecond streaming reads of memory far larger than the caches
public record MachineLimits(double flopsPerSecond, double bytesPerSecond) {

    private static final int FLOAT_COUNT = 64 << 20;
    private static final int PIECE = 16 << 10;
    private static final int FMA_ROUNDS = 20_000;
    private static final int FMA_CALLS = 8;
    private static final long FMA_NANOS = 700_000_000;
    private static final long READ_NANOS = 400_000_000;

    /// Measures both, which takes about two seconds and 256 MiB of heap; each is the best of many repeats.
    public static MachineLimits measure(Workers workers) {
        int threads = workers.threads();
        double[] sums = new double[threads];
        double flops = (double) (Simd.VECTOR ? LimitLoops.FLOPS_PER_ROUND : ScalarLimitLoops.FLOPS_PER_ROUND)
                * FMA_ROUNDS
                * FMA_CALLS
                * threads;
        double fmaSeconds = best(workers, (index, worker) -> sums[index] += multiplyAdd(index), FMA_NANOS);

        float[] memory = new float[FLOAT_COUNT];
        Arrays.fill(memory, 1);
        int pieces = FLOAT_COUNT / PIECE / threads;
        double readSeconds = Math.min(
                best(workers, (index, worker) -> sums[index] += read(memory, index * pieces, pieces), READ_NANOS),
                best(
                        workers,
                        (index, worker) -> sums[index] += readStreams(memory, index * pieces, pieces),
                        READ_NANOS));
        return new MachineLimits(flops / fmaSeconds, 4.0 * PIECE * pieces * threads / readSeconds);
    }

    /// The larger of each: what was measured at another time in the same process.
    public MachineLimits max(MachineLimits other) {
        return new MachineLimits(
                Math.max(flopsPerSecond, other.flopsPerSecond), Math.max(bytesPerSecond, other.bytesPerSecond));
    }

    private static double multiplyAdd(int seed) {
        double sum = 0;
        for (int i = 0; i < FMA_CALLS; i++) {
            sum += Simd.VECTOR ? LimitLoops.fma(FMA_ROUNDS, seed) : ScalarLimitLoops.fma(FMA_ROUNDS, seed);
        }
        return sum;
    }

    private static double read(float[] memory, int first, int count) {
        double sum = 0;
        for (int i = first; i < first + count; i++) {
            sum += Simd.VECTOR
                    ? LimitLoops.read(memory, i * PIECE, PIECE)
                    : ScalarLimitLoops.read(memory, i * PIECE, PIECE);
        }
        return sum;
    }

    private static double readStreams(float[] memory, int first, int count) {
        double sum = 0;
        for (int i = first; i < first + count; i++) {
            sum += Simd.VECTOR
                    ? LimitLoops.readStreams(memory, i * PIECE, PIECE)
                    : ScalarLimitLoops.read(memory, i * PIECE, PIECE);
        }
        return sum;
    }

    /// Seconds of the fastest call of one task per worker, of as many as fit into a time.
    private static double best(Workers workers, Workers.Task task, long nanos) {
        long begin = System.nanoTime();
        long best = Long.MAX_VALUE;
        long now = begin;
        while (now - begin < nanos) {
            long start = now;
            workers.run(workers.threads(), task);
            now = System.nanoTime();
            best = Math.min(best, now - start);
        }
        return best * 1e-9;
    }
}
