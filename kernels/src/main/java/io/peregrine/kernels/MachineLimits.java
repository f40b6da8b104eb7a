package io.peregrine.kernels;

import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.scalar.ScalarLimitLoops;
import io.peregrine.kernels.vector.LimitLoops;

/// What this machine can do at most with these workers: the yardsticks of every speed figure.
///
/// @param flopsPerSecond f32 multiply-adds in registers, each counted as two operations
/// @param bytesPerSecond streaming reads of memory far larger than the caches
public record MachineLimits(double flopsPerSecond, double bytesPerSecond) {

    private static final int FLOAT_COUNT = 64 << 20;
    private static final int FMA_ROUNDS = 2_000_000;
    private static final int FMA_REPEATS = 150;
    private static final int READ_REPEATS = 24;

    /// Measures both, which takes about two seconds and 256 MiB of heap; each is the best of many repeats.
    public static MachineLimits measure(Workers workers) {
        int threads = workers.threads();
        double[] sums = new double[threads];
        Workers.Task fma = (index, worker) -> sums[index] += Simd.VECTOR
                ? LimitLoops.fma(FMA_ROUNDS, index)
                : ScalarLimitLoops.fma(FMA_ROUNDS, index);
        long flops = Simd.VECTOR ? LimitLoops.FLOPS_PER_ROUND : ScalarLimitLoops.FLOPS_PER_ROUND;
        double fmaSeconds = best(workers, threads, fma, FMA_REPEATS);

        float[] memory = new float[FLOAT_COUNT];
        int part = FLOAT_COUNT / threads;
        Workers.Task read = (index, worker) -> sums[index] += Simd.VECTOR
                ? LimitLoops.read(memory, index * part, part)
                : ScalarLimitLoops.read(memory, index * part, part);
        double readSeconds = best(workers, threads, read, READ_REPEATS);
        return new MachineLimits(
                (double) flops * FMA_ROUNDS * threads / fmaSeconds, 4.0 * part * threads / readSeconds);
    }

    private static double best(Workers workers, int tasks, Workers.Task task, int repeats) {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < repeats; i++) {
            long start = System.nanoTime();
            workers.run(tasks, task);
            best = Math.min(best, (System.nanoTime() - start) * 1e-9);
        }
        return best;
    }
}
