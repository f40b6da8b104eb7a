package io.peregrine.cli.serve;

/// Who may use a route, and when.
public enum Access {
    /// Everybody, in any state of the server.
    OPEN,
    /// Who has a key, if the server has any, in any state of the server.
    KEY,
    /// Who has a key, once the model is loaded and until the server shuts down; 503 otherwise.
    MODEL
}
