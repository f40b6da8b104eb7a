package io.peregrine.model.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The texts that the templates of public models write where an image goes. Where a family surrounds its images
/// with markers, the markers are part of it, because they come back with the embeddings.
final class Placeholders {

    /// The longer ones first, so that no other is found inside of them.
    private static final List<String> KNOWN = List.of(
            "<|vision_start|><|image_pad|><|vision_end|>",
            "<|begin_of_image|><|image|><|end_of_image|>",
            "<|IMAGE_START|><|IMAGE_PLACEHOLDER|><|IMAGE_END|>",
            "<|IMAGE_START|><|image@placeholder|><|IMAGE_END|>",
            "<|media_start|>image<|media_content|><|media_pad|><|media_end|>",
            "<|im_start|><|image_pad|><|im_end|>",
            "<|image_start|><|image_pad|><|image_end|>",
            "<img><IMG_CONTEXT></img>",
            "(<image>./</image>)",
            "<image>./</image>",
            "<start_of_image>",
            "<image_soft_token>",
            "<IMG_CONTEXT>",
            "<|image_pad|>",
            "<|image|>",
            "<image>",
            "[IMG]");

    private Placeholders() {}

    /// The known placeholder that a text has exactly once, or null.
    static @Nullable String onlyOne(String text) {
        for (String placeholder : KNOWN) {
            int first = text.indexOf(placeholder);
            if (first >= 0) {
                return text.indexOf(placeholder, first + 1) < 0 ? placeholder : null;
            }
        }
        return null;
    }
}
