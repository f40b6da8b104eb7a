package io.peregrine.cli;

import io.peregrine.kernels.MachineLimits;

/// The figures of one test.
///
/// @param perToken whether the figures are tokens per second; else they are seconds
/// @param work what a token or a run takes at least: bytes read if `readsMemory`, else operations
record BenchRow(
        String model,
        String format,
        int threads,
        String test,
        boolean perToken,
        double median,
        double min,
        double max,
        double work,
        boolean readsMemory) {

    /// The name of the limit that the test is held against.
    String limit() {
        return readsMemory ? "bandwidth" : "fma";
    }

    /// Which part of the limit the median reached, 0 to 1.
    double fraction(MachineLimits limits) {
        double most = readsMemory ? limits.bytesPerSecond() : limits.flopsPerSecond();
        return (perToken ? work * median : work / median) / most;
    }
}
