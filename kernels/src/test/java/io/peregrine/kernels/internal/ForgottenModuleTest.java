package io.peregrine.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Starts a JVM as a user of the class path does.
class ForgottenModuleTest {

    private static final String WARNING = "WARNING: The Vector API is not available: Peregrine computes with plain loops,"
            + " many times slower. Add the option --add-modules jdk.incubator.vector to the java command.";

    /// The program of the started JVM.
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            System.out.print(Simd.describe());
            System.out.print(", " + Simd.describe());
        }
    }

    @Test
    void withoutTheModule_scalarAndOneWarning() throws Exception {
        assertEquals(List.of("scalar, scalar", WARNING), run());
    }

    @Test
    void withTheModule_vectorAndOnlyTheWarningOfTheJvm() throws Exception {
        assertEquals(
                List.of(
                        "vector 128-bit, vector 128-bit",
                        "WARNING: Using incubator modules: jdk.incubator.vector"),
                run("--add-modules", "jdk.incubator.vector", "-Dperegrine.width=128"));
    }

    @Test
    void scalarByProperty_noWarning() throws Exception {
        assertEquals(List.of("scalar, scalar", ""), run("-Dperegrine.width=scalar"));
    }

    /// Standard output, and the line of the warning from standard error (or nothing).
    private static List<String> run(String... options) throws IOException, InterruptedException {
        String classPath = location(Simd.class) + File.pathSeparator + location(Program.class);
        Process process = new ProcessBuilder(command(classPath, options)).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), err);
        List<String> warnings =
                err.lines().filter(line -> line.contains("WARNING")).toList();
        return List.of(out, String.join("\n", warnings));
    }

    private static List<String> command(String classPath, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-Duser.language=en", "-cp", classPath, Program.class.getName()));
        return command;
    }

    private static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }
}
