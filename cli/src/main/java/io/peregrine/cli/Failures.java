package io.peregrine.cli;

import io.peregrine.core.PeregrineException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;

/// Turns whatever a command throws into one or two lines and an exit code: 1 for what went wrong while running.
/// (Wrong usage is 2; picocli reports it.) The stack trace is shown with `--debug` only.
final class Failures implements CommandLine.IExecutionExceptionHandler {

    private final Peregrine root;

    Failures(Peregrine root) {
        this.root = root;
    }

    @Override
    public int handleExecutionException(Exception error, CommandLine command, CommandLine.ParseResult parsed) {
        return report(error, command.getErr());
    }

    int report(Throwable error, PrintWriter err) {
        err.println("peregrine: " + message(error));
        if (root.debug()) {
            error.printStackTrace(err);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    static String message(Throwable error) {
        return switch (error) {
            case PeregrineException expected -> String.valueOf(expected.getMessage());
            case CancellationException cancelled -> String.valueOf(cancelled.getMessage());
            case UncheckedIOException io when io.getCause() != null -> message(io.getCause());
            case NoSuchFileException missing -> missing.getFile() + ": there is no such file";
            case AccessDeniedException denied -> denied.getFile() + ": may not be read or written by this user";
            case FileSystemException file when file.getReason() != null -> file.getFile() + ": " + file.getReason();
            case IOException io -> String.valueOf(io.getMessage());
            case OutOfMemoryError memory ->
                "out of memory (" + memory.getMessage() + "); use a smaller --ctx, or give the JVM more with"
                        + " PEREGRINE_JAVA=-Xmx8g";
            default -> "internal error: " + error + " (a defect of Peregrine: please report it with --debug)";
        };
    }
}
