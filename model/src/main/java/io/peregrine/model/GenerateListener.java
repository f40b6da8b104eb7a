package io.peregrine.model;

/// Hears an answer while it is made: from the thread that called [Session#generate(Prompt, GenerateOptions,
/// GenerateListener)], or from the thread of the [Scheduler], which then makes nobody's answer until the listener
/// returns. An exception that it throws ends the generation and reaches the caller.
@FunctionalInterface
public interface GenerateListener {

    /// Hears nothing.
    GenerateListener NONE = text -> {};

    /// What a generation is busy with.
    enum Stage {
        /// Encoding images; counted in layers of the tower.
        IMAGES,
        /// Reading the prompt; counted in tokens.
        PROMPT
    }

    /// The next piece of the answer: whole characters, never empty. To stop, call [Session#cancel] or
    /// [Ticket#cancel].
    void text(String text);

    /// How far the work before the first piece has come.
    default void progress(Stage stage, int done, int total) {}

    /// The next token and how likely it was, before the text that it completes; only if the options ask for logprobs.
    /// Comes for every token, the one that ends the answer included.
    default void token(TokenLogprob token) {}
}
