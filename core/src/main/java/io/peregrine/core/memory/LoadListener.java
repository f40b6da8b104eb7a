package io.peregrine.core.memory;

/// Hears how far the reading of weights has come, and may stop it.
@FunctionalInterface
public interface LoadListener {

    /// Hears nothing and never stops.
    LoadListener NONE = (done, total) -> true;

    /// Called about ten times a second, and at the end, by the thread that asked for the weights.
    ///
    /// @return false to stop: the call underway then ends with a
    ///     [java.util.concurrent.CancellationException]
    boolean loaded(long doneBytes, long totalBytes);
}
