package io.peregrine.core;

import org.jspecify.annotations.Nullable;

/// An error that a person can act on: its message says what is wrong, where, what was found, what was
/// expected and what to do, in one or two lines. Everything that Peregrine rejects ends in a subtype; any
/// other exception is a defect of Peregrine.
public abstract class PeregrineException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    protected PeregrineException(String message) {
        super(message);
    }

    protected PeregrineException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
