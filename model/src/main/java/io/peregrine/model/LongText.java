package io.peregrine.model;

/// What becomes of a text with more tokens than an embedding model takes.
public enum LongText {
    /// An error that says how many tokens there are.
    REFUSE,
    /// As many tokens from its beginning as fit are taken, the rest is ignored.
    CUT
}
