package io.peregrine.model.chat;

import org.jspecify.annotations.Nullable;

/// What a chat template can do, found by rendering small conversations.
///
/// @param systemRole whether it shows system messages; if not, one is merged into the first user message
/// @param typedSystem whether system messages must be lists for that, even if others may be strings
/// @param stringContent whether it shows messages whose content is a string
/// @param typedContent whether it shows messages whose content is a list of `{"type": "text", ...}` items
/// @param imagePlaceholder the text that it writes for an item `{"type": "image"}`, if it is one of those known
/// @param generationPrompt whether it heeds `add_generation_prompt`
public record TemplateCapabilities(
        boolean systemRole,
        boolean typedSystem,
        boolean stringContent,
        boolean typedContent,
        @Nullable String imagePlaceholder,
        boolean generationPrompt) {}
