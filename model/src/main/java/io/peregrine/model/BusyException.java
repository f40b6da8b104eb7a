package io.peregrine.model;

import io.peregrine.core.PeregrineException;
import java.time.Duration;

/// A request that was refused because as many wait already as may.
///
/// The message reads `N requests wait already, which is the most; try again in S seconds`.
public final class BusyException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /// @param waiting as many as may
    /// @param retryAfter when a place is likely to be free
    BusyException(int waiting, Duration retryAfter) {
        super(waiting + " requests wait already, which is the most; try again in " + retryAfter.toSeconds()
                + " seconds");
        this.retryAfter = retryAfter;
    }

    /// When a place is likely to be free, in whole seconds, at least 1: as long as requests take on average by now,
    /// divided by how many run at once.
    public Duration retryAfter() {
        return retryAfter;
    }
}
