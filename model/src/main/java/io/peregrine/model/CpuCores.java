package io.peregrine.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// How many threads are worth having: the second thread of a core adds nothing to full vector units.
final class CpuCores {

    private static final Path LINUX = Path.of("/sys/devices/system/cpu");

    private CpuCores() {}

    /// The number of physical cores, but no more than the processors that the process may use (which the JVM
    /// takes from affinity and cgroup limits). Where the system does not tell, all processors count as cores.
    static int count() {
        return count(LINUX, Runtime.getRuntime().availableProcessors());
    }

    static int count(Path cpus, int processors) {
        Set<String> cores = new HashSet<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(cpus, "cpu[0-9]*")) {
            for (Path folder : folders) {
                cores.add(Files.readString(folder.resolve("topology/thread_siblings_list")));
            }
        } catch (IOException | UncheckedIOException e) {
            return processors;
        }
        return cores.isEmpty() ? processors : Math.min(cores.size(), processors);
    }
}
