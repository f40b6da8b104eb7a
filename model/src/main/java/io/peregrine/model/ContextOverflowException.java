package io.peregrine.model;

import io.peregrine.core.PeregrineException;

/// A prompt that does not fit into the context, or a text that does not fit into an embedding model, found before
/// anything was computed.
public final class ContextOverflowException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    /// Characters of a text that are shown.
    private static final int SHOWN = 40;

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

    /// A text that an embedding model does not take.
    ///
    /// @param needed its tokens
    /// @param limit tokens that the model takes
    ContextOverflowException(String text, int needed, int limit) {
        super("the text \"" + beginning(text) + "\" has " + needed + " tokens with its begin and its end, the model"
                + " takes " + limit + "; shorten it, or ask for it to be cut (--truncate, LongText.CUT)");
        this.needed = needed;
        this.limit = limit;
    }

    private static String beginning(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        int shown = line.offsetByCodePoints(0, Math.min(SHOWN, line.codePointCount(0, line.length())));
        return line.substring(0, shown) + (shown < line.length() ? "..." : "");
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
