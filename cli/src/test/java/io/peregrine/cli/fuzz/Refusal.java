package io.peregrine.cli.fuzz;

import io.peregrine.core.PeregrineException;

/// How an input may be refused.
final class Refusal {

    private Refusal() {}

    /// Returns false, having seen that the message says what was refused and is short enough for people to read.
    ///
    /// @param start what it must begin with: the name of the file or the thing
    static boolean checked(PeregrineException e, String start) {
        String message = String.valueOf(e.getMessage());
        if (!message.startsWith(start)) {
            throw new AssertionError("the message does not begin with " + start, e);
        }
        if (message.length() > 4_000) {
            throw new AssertionError("a message of " + message.length() + " characters", e);
        }
        return false;
    }
}
