package io.peregrine.cli;

/// Runs the command line inside this process, for tests of other packages.
public final class Commands {

    private Commands() {}

    /// Exit code and what was written.
    public record Result(int exit, String out, String err) {}

    public static Result run(String... arguments) {
        Outcome outcome = Outcome.of(arguments);
        return new Result(outcome.exit(), outcome.out(), outcome.err());
    }
}
