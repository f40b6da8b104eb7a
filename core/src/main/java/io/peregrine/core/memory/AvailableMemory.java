package io.peregrine.core.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// How many bytes this process can still take before the machine swaps or its container kills it.
///
/// Linux only: the smaller of `MemAvailable` (`/proc/meminfo`) and what the memory cgroups leave
/// (`memory.max` less `memory.current` plus the reclaimable `inactive_file` of `memory.stat`, at every level;
/// kernel documentation `admin-guide/cgroup-v2.rst`). Elsewhere nothing is known.
final class AvailableMemory {

    private final Path proc;
    private final Path cgroups;

    /// @param proc `/proc`
    /// @param cgroups `/sys/fs/cgroup`
    AvailableMemory(Path proc, Path cgroups) {
        this.proc = proc;
        this.cgroups = cgroups;
    }

    static OptionalLong bytes() {
        return new AvailableMemory(Path.of("/proc"), Path.of("/sys/fs/cgroup")).read();
    }

    OptionalLong read() {
        OptionalLong machine = field(proc.resolve("meminfo"), "MemAvailable:");
        if (machine.isEmpty()) {
            return machine;
        }
        long least = machine.getAsLong() * 1024;
        String group = "";
        for (String line : lines(proc.resolve("self/cgroup"))) {
            if (line.startsWith("0::/")) {
                group = line.substring("0::/".length());
            }
        }
        Path directory = cgroups.resolve(group).normalize();
        while (directory != null && directory.startsWith(cgroups)) {
            OptionalLong max = number(directory.resolve("memory.max"));
            OptionalLong current = number(directory.resolve("memory.current"));
            if (max.isPresent() && current.isPresent()) {
                long reclaimable =
                        field(directory.resolve("memory.stat"), "inactive_file").orElse(0);
                least = Math.min(least, Math.max(0, max.getAsLong() - current.getAsLong() + reclaimable));
            }
            directory = directory.getParent();
        }
        return OptionalLong.of(least);
    }

    private static OptionalLong number(Path file) {
        String[] lines = lines(file);
        return lines.length == 0 ? OptionalLong.empty() : parse(lines[0]);
    }

    private static OptionalLong field(Path file, String name) {
        for (String line : lines(file)) {
            String[] words = line.trim().split("\\s+");
            if (words.length > 1 && words[0].equals(name)) {
                return parse(words[1]);
            }
        }
        return OptionalLong.empty();
    }

    /// The number, or nothing for the word `max`.
    private static OptionalLong parse(String text) {
        try {
            return OptionalLong.of(Long.parseLong(text.trim()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static String[] lines(Path file) {
        try {
            return Files.readString(file, StandardCharsets.US_ASCII).split("\n");
        } catch (IOException e) {
            return new String[0];
        }
    }
}
