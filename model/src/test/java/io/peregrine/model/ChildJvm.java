package io.peregrine.model;

import io.peregrine.core.tensor.Tensor;
import io.peregrine.kernels.Compute;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A JVM of its own for what would be dangerous in this one. Its class path is the main classes and those of this test:
/// no other library.
///
/// @param exit its exit code
/// @param output what it printed, both streams
record ChildJvm(int exit, String output) {

    private static final int SECONDS = 60;

    /// @param shell what is put in front of the command, such as `ulimit -f 16; exec`, or nothing
    static ChildJvm run(String shell, List<String> flags, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        String classPath = Stream.of(main, Model.class, Compute.class, Tensor.class)
                .map(ChildJvm::location)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        if (!shell.isEmpty()) {
            command.addAll(List.of("/bin/bash", "-c", shell + " \"$@\"", "bash"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-cp", classPath, "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-XX:-UsePerfData",
                "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"));
        command.addAll(flags);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the child does not end: " + output);
            }
            String said = output.lines()
                    .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                    .collect(Collectors.joining("\n"));
            return new ChildJvm(process.exitValue(), said);
        } finally {
            process.destroyForcibly();
        }
    }

    /// The folder or archive that a class was loaded from; patched modules do not say it of their tests.
    static String location(Class<?> type) {
        String name = type.getName();
        URL file = Objects.requireNonNull(type.getResource(name.substring(name.lastIndexOf('.') + 1) + ".class"));
        if (!file.getProtocol().equals("file")) {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                    .toString();
        }
        Path folder = Path.of(file.getPath());
        for (int i = 0; i < name.split("\\.").length; i++) {
            folder = Objects.requireNonNull(folder.getParent());
        }
        return folder.toString();
    }
}
