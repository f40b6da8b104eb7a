package io.peregrine.model;

import io.peregrine.core.PeregrineException;

/// A prompt that does not fit into the context, found before anything was computed.
public final class ContextOverflowException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    private final int needed;
    private final int limit;

    /// @param text tokens of text
    /// @param image rows of images
    /// @param limit rows that the session holds
    /// @param trained rows that the model was trained for
    ContextOverflowException(int text, int image, int limit, int trained) {
        super("the prompt needs a context of " + (text + image + 1) + " tokens (" + text + " of text, " + image
                + " of images, 1 to answer), this one has " + limit + "; shorten the prompt, or ask for a larger"
                + " context (the model was trained for " + trained + ")");
        this.needed = text + image + 1;
        this.limit = limit;
    }

    /// The smallest context that would do, in tokens.
    public int needed() {
        return needed;
    }

    /// The context that there is, in tokens.
    public int limit() {
        return limit;
    }
}
