package io.peregrine.cli.serve;

/// Where a server is between its start and its end.
public enum Phase {
    /// The model is being loaded.
    LOADING,
    /// Requests are answered.
    READY,
    /// What runs may end; nothing new begins.
    STOPPING
}
