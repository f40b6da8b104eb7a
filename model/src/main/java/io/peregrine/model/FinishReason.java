package io.peregrine.model;

/// Why an answer ended.
public enum FinishReason {
    /// The model ended it, or its grammar did.
    END,
    /// One of the stop strings appeared; it is not part of the answer.
    STOP,
    /// The limit of tokens, or the end of the context, was reached. An answer with a grammar is whole even so, but
    /// might have become longer.
    LENGTH,
    /// Cancelled, by [Session#cancel] or by an interrupt of the thread.
    CANCELLED
}
