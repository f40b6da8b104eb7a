package io.peregrine.model.tokenizer;

/// One way of turning ordinary text, without special tokens, into tokens. Immutable; safe for any thread.
sealed interface Subwords permits ByteLevelBpe, ClipBpe, SentencePieceBpe, Unigram {

    /// Appends the tokens of `text[from, to)`, a run between special tokens or the ends of the text.
    void encode(byte[] text, int from, int to, IntList out);

    /// The bytes that an ordinary token stands for.
    byte[] bytes(int token);

    /// Whether [#encode] puts a space before each run.
    boolean addsSpacePrefix();
}
