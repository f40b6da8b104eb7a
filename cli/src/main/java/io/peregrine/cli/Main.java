package io.peregrine.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// The entry of the `peregrine` command.
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        useUtf8();
        System.exit(Peregrine.commandLine().execute(args));
    }

    /// Answers are UTF-8 whatever the locale says; messages go to the descriptor that the launcher names.
    private static void useUtf8() {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(messages(), true, StandardCharsets.UTF_8));
    }

    private static FileOutputStream messages() {
        String descriptor = System.getProperty("peregrine.stderr");
        if (descriptor != null) {
            try {
                return new FileOutputStream(descriptor, true);
            } catch (IOException e) {
                // Not every descriptor can be opened by name (a socket cannot): the launcher relays descriptor 2.
            }
        }
        return new FileOutputStream(FileDescriptor.err);
    }
}
