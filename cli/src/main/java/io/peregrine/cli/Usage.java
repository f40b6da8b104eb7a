package io.peregrine.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Turns what the library says about an argument out of range into an error of usage.
final class Usage {

    private Usage() {}

    /// @throws ParameterException with the message of an `IllegalArgumentException`
    static <T> T checked(CommandSpec command, Supplier<T> options) {
        try {
            return options.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }
}
