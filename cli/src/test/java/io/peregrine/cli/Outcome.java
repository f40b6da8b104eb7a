package io.peregrine.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// One run of the command line inside this process: exit code and what it wrote.
record Outcome(int exit, String out, String err) {

    /// Where the files of the bundled demo are in the sources.
    static final Path DEMO = Path.of("src/main/resources/io/peregrine/cli/demo");

    static final String MODEL = DEMO.resolve("shapes-text-Q8_0.gguf").toString();
    static final String MMPROJ = DEMO.resolve("shapes-mmproj-F16.gguf").toString();

    static Outcome of(String... arguments) {
        return withInput(new byte[0], arguments);
    }

    static Outcome withInput(byte[] input, String... arguments) {
        InputStream usualIn = System.in;
        PrintStream usualOut = System.out;
        PrintStream usualErr = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try {
            System.setIn(new ByteArrayInputStream(input));
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            int exit = Peregrine.commandLine().execute(arguments);
            return new Outcome(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setIn(usualIn);
            System.setOut(usualOut);
            System.setErr(usualErr);
        }
    }
}
