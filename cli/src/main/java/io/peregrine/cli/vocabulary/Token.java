package io.peregrine.cli.vocabulary;

/// A token of a vocabulary.
///
/// @param text as GGUF spells it
/// @param score higher is preferred; 0 where the vocabulary has none
/// @param kind one of the constants, the numbers of `tokenizer.ggml.token_type`
public record Token(String text, float score, int kind) {

    public static final int NORMAL = 1;
    public static final int UNKNOWN = 2;
    public static final int CONTROL = 3;
    public static final int USER_DEFINED = 4;
    public static final int UNUSED = 5;
    public static final int BYTE = 6;

    /// In the place of a token that does not exist.
    static Token unused(int id) {
        return new Token("[PAD" + id + "]", 0, UNUSED);
    }
}
