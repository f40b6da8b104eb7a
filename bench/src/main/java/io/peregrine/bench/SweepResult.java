package io.peregrine.bench;

import io.peregrine.kernels.MachineLimits;

/// What one start found for one case.
///
/// @param memory whether speeds are bytes per second and the limit is the memory; else operations per second
/// @param speed median of the repeats
/// @param allocated bytes of heap per warm call, all threads together, in the repeat with the fewest
/// @param others part of all processors that other processes and the host took meanwhile, or NaN
/// @param flops limit of the machine, operations per second
/// @param bandwidth limit of the machine, bytes per second
record SweepResult(
        SweepCase chosen, boolean memory, double speed, long allocated, double others, double flops, double bandwidth) {

    private static final String MARK = "sweep-result";

    SweepResult within(MachineLimits limits) {
        return new SweepResult(
                chosen, memory, speed, allocated, others, limits.flopsPerSecond(), limits.bytesPerSecond());
    }

    double fraction() {
        return speed / (memory ? bandwidth : flops);
    }

    /// One line for the parent process.
    String toLine() {
        return String.join(
                "\t",
                MARK,
                chosen.kind(),
                chosen.variant(),
                Boolean.toString(memory),
                Double.toString(speed),
                Long.toString(allocated),
                Double.toString(others),
                Double.toString(flops),
                Double.toString(bandwidth));
    }

    static boolean isLine(String line) {
        return line.startsWith(MARK + "\t");
    }

    static SweepResult ofLine(String line) {
        String[] fields = line.split("\t");
        return new SweepResult(
                new SweepCase(fields[1], fields[2]),
                Boolean.parseBoolean(fields[3]),
                Double.parseDouble(fields[4]),
                Long.parseLong(fields[5]),
                Double.parseDouble(fields[6]),
                Double.parseDouble(fields[7]),
                Double.parseDouble(fields[8]));
    }
}
