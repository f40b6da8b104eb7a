package io.peregrine.model.chat;

/// What stands around an image in a message whose template takes plain text, as the model was trained with it.
/// Templates that place images themselves do not use it.
///
/// Markers that a family's encoder puts around the embeddings by itself do not belong here, or they would stand there
/// twice.
///
/// @param before text before each image; `{n}` becomes the image's number in the conversation, from 1
/// @param after text behind each image, likewise
public record ImageFrame(String before, String after) {

    /// Nothing at all.
    public static final ImageFrame NONE = new ImageFrame("", "");

    /// Nothing before and a newline behind, as LLaVA has it.
    public static final ImageFrame LINE = new ImageFrame("", "\n");

    String before(int number) {
        return before.replace("{n}", Integer.toString(number));
    }

    String after(int number) {
        return after.replace("{n}", Integer.toString(number));
    }
}
