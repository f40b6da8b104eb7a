package io.peregrine.model;

import io.peregrine.model.chat.ChatMessage;
import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.chat.ImageFrame;
import io.peregrine.model.chat.RenderOptions;
import io.peregrine.model.image.Image;
import io.peregrine.model.tokenizer.Vocabulary;
import java.util.List;

/// How a model is spoken with: the prompt that a chat template makes of a conversation, what ends an answer in it, and
/// where an answer begins. Immutable; for any thread.
public final class ChatFormat {

    private final ChatTemplate template;
    private final RenderOptions rendering;

    /// @param frame what stands around images where the template takes plain text
    ChatFormat(ChatTemplate template, Vocabulary vocabulary, ImageFrame frame) {
        this.template = template;
        this.rendering = RenderOptions.of(text(vocabulary, vocabulary.bos()), text(vocabulary, vocabulary.eos()))
                .withImageFrame(frame);
    }

    private static String text(Vocabulary vocabulary, int token) {
        return token == Vocabulary.NONE ? "" : vocabulary.text(token);
    }

    /// The prompt for the next answer.
    ///
    /// @param images by the index that the messages gave them
    /// @throws io.peregrine.core.TemplateException if the template refuses the messages, goes beyond its limits, or has
    ///     no place for an image
    public Prompt prompt(List<ChatMessage> messages, List<Image> images) {
        return prompt(messages, images, List.of());
    }

    /// As [#prompt(List, List)], with regions by the index that the messages gave them.
    Prompt prompt(List<ChatMessage> messages, List<Image> images, List<Region> regions) {
        return Prompt.chat(template.render(messages, rendering), images, regions);
    }

    /// The options with the strings that end an answer in this format, beside their own.
    public GenerateOptions options(GenerateOptions options) {
        return options.withMoreStops(template.stops());
    }

    /// A listener that passes one answer on from its first visible character: tokenizers put a blank in front.
    public GenerateListener visible(GenerateListener listener) {
        return new VisibleAnswer(listener);
    }

    /// What [#visible(GenerateListener)] heard.
    public GenerateResult visible(GenerateResult result) {
        return result.withText(result.text().stripLeading());
    }
}
