package io.peregrine.model.tokenizer;

/// What a token is for; the ordinals are the numbers of `tokenizer.ggml.token_type`.
enum TokenKind {
    UNDEFINED,
    NORMAL,
    UNKNOWN,
    /// Steers the model (begin, end, role markers); made from text only where special tokens are asked for.
    CONTROL,
    /// Found in any text before the text is cut into words.
    USER_DEFINED,
    UNUSED,
    /// One byte, spelled `<0x00>` to `<0xFF>`.
    BYTE;

    private static final TokenKind[] ALL = values();

    static TokenKind of(int number) {
        return ALL[number];
    }

    static boolean exists(int number) {
        return number >= 0 && number < ALL.length;
    }

    /// Whether ordinary text may become such a token.
    boolean ordinary() {
        return this != CONTROL && this != UNKNOWN && this != BYTE;
    }
}
