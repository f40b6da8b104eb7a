package io.peregrine.model.tokenizer;

/// A part of a prompt: text of a chat template, whose special tokens count, or text of a user, in which
/// nothing becomes a special token.
///
/// @param text the text of the part
/// @param trusted whether special tokens in it count
public record TextPart(String text, boolean trusted) {

    /// Text of a template or of the program.
    public static TextPart template(String text) {
        return new TextPart(text, true);
    }

    /// Text that came from outside.
    public static TextPart user(String text) {
        return new TextPart(text, false);
    }
}
