package io.peregrine.kernels.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// How many physical cores this process may use.
public final class Cores {

    private Cores() {}

    /// Physical cores among the processors that the process may run on, at most as many as the JVM sees, which knows
    /// the limits of its cgroup. Where the system does not tell about cores, the processors that the JVM sees.
    public static int usable() {
        int processors = Runtime.getRuntime().availableProcessors();
        int physical = physical(Path.of("/proc/self/status"), Path.of("/sys/devices/system/cpu"));
        return physical == 0 ? processors : Math.min(physical, processors);
    }

    /// Distinct cores among the allowed processors, or 0 if the files of Linux are absent or say something unexpected.
    static int physical(Path status, Path cpus) {
        Set<String> cores = new HashSet<>();
        try {
            for (String range : allowed(status).split(",", -1)) {
                String[] ends = range.split("-", 2);
                int first = Integer.parseInt(ends[0]);
                int last = Integer.parseInt(ends[ends.length - 1]);
                for (int cpu = first; cpu <= Math.min(last, first + 4096); cpu++) {
                    Path siblings = cpus.resolve("cpu" + cpu).resolve("topology/thread_siblings_list");
                    cores.add(Files.readString(siblings).strip());
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        return cores.size();
    }

    /// The list of allowed processors, such as `0-3,8`.
    private static String allowed(Path status) throws IOException {
        String name = "Cpus_allowed_list:";
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith(name)) {
                return line.substring(name.length()).strip();
            }
        }
        return "";
    }
}
