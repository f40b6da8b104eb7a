package io.peregrine.model;

import io.peregrine.core.PeregrineException;

/// A model or session that was closed before or while it was used.
///
/// The message reads `WHAT is closed; ACTION`.
public final class ClosedException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    ClosedException(String what, String action) {
        super(what + " is closed; " + action);
    }
}
