package io.peregrine.model.chat;

import java.util.List;

/// A rendered conversation: text and images in order.
///
/// The parts of text between two images are one text, to be encoded as one; the parts only say in which of it
/// special tokens count.
///
/// @param parts neighbouring texts differ in `fromUser`; no text is empty
/// @param beginsWithBos whether the template wrote the token that begins a sequence itself, so that the tokenizer
///     must not add one
public record ChatPrompt(List<Part> parts, boolean beginsWithBos) {

    public ChatPrompt {
        parts = List.copyOf(parts);
    }

    /// A part of a prompt.
    public sealed interface Part {}

    /// Text.
    ///
    /// @param fromUser whether it came with the messages, so that no special token may be seen in it
    public record Text(String text, boolean fromUser) implements Part {}

    /// The place of an image.
    ///
    /// @param index that of [Content.Image]
    public record Image(int index) implements Part {}

    /// The place of a region.
    ///
    /// @param index that of [Content.Region]
    public record Region(int index) implements Part {}
}
