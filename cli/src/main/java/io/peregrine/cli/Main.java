package io.peregrine.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/// The entry of the `peregrine` command.
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        useUtf8();
        System.exit(new CommandLine(new Peregrine()).execute(args));
    }

    /// Answers are UTF-8 whatever the locale says; messages go to the descriptor that the launcher names.
    private static void useUtf8() {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        String messages = System.getProperty("peregrine.stderr");
        FileOutputStream err = new FileOutputStream(FileDescriptor.err);
        if (messages != null) {
            try {
                err = new FileOutputStream(messages, true);
            } catch (IOException e) {
                // Not every descriptor can be opened by name (a socket cannot): the launcher relays descriptor 2.
            }
        }
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
