package io.peregrine.model;

import io.peregrine.core.PeregrineException;

/// A prompt that the model cannot take: no text at all, marks without images, images without a vision part.
///
/// The message reads `prompt: PROBLEM; ACTION`.
public final class PromptException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    PromptException(String problem, String action) {
        super("prompt: " + problem + "; " + action);
    }
}
