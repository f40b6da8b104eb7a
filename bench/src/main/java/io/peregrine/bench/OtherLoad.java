package io.peregrine.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Processor time that other processes and the host of a virtual machine took meanwhile: a figure that was
/// disturbed should not be taken for a slow kernel.
///
/// Source of the format: the manual page proc_stat(5). Elsewhere than on Linux nothing is known.
final class OtherLoad {

    private static final Path STAT = Path.of("/proc/stat");
    private static final double TICKS_PER_SECOND = 100;
    private static final int IDLE = 4;
    private static final int WAITING = 5;
    private static final int LAST = 8;

    private final double others;
    private final long start;

    private OtherLoad(double others, long start) {
        this.others = others;
        this.start = start;
    }

    /// The state now.
    static OtherLoad now() {
        return new OtherLoad(busySeconds(STAT) - ownSeconds(), System.nanoTime());
    }

    /// The part of all processors that others took since then, 0 to 1; NaN if unknown.
    double share() {
        OtherLoad end = now();
        double all = (end.start - start) * 1e-9 * Runtime.getRuntime().availableProcessors();
        return Math.clamp((end.others - others) / all, 0, 1);
    }

    private static double ownSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * 1e-9;
    }

    /// Time that all processors were not idle, the host's (steal) included.
    static double busySeconds(Path stat) {
        try {
            List<String> lines = Files.readAllLines(stat);
            String[] fields = lines.getFirst().trim().split(" +");
            double ticks = 0;
            for (int i = 1; i <= LAST; i++) {
                if (i != IDLE && i != WAITING) {
                    ticks += Long.parseLong(fields[i]);
                }
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
