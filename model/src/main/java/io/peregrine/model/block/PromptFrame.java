package io.peregrine.model.block;

import org.jspecify.annotations.Nullable;

/// What a family puts around a prompt.
///
/// @param beginsAfterPictures whether the token that begins a text comes behind the pictures that a prompt
///     begins with, instead of in front of everything
/// @param end what ends a prompt with pictures, where the answer begins, or null
public record PromptFrame(boolean beginsAfterPictures, PreparedPicture.@Nullable Words end) {

    /// The token that begins a text in front, nothing at the end.
    public static final PromptFrame USUAL = new PromptFrame(false, null);
}
