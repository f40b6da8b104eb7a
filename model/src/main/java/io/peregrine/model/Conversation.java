package io.peregrine.model;

import io.peregrine.model.chat.ChatMessage;
import io.peregrine.model.chat.Content;
import io.peregrine.model.image.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A conversation with a model: it remembers what was said and shown, and writes each prompt with the model's
/// chat template.
///
/// What a turn has in common with the previous one, images included, is not computed again. One question at a
/// time; [#cancel] and [#close] may be called from any thread. Whoever opens a conversation closes it.
public final class Conversation implements AutoCloseable {

    private final Session session;
    private final ChatFormat format;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final List<Image> images = new ArrayList<>();
    private final List<Region> allRegions = new ArrayList<>();

    Conversation(Session session, ChatFormat format) {
        this.session = session;
        this.format = format;
    }

    /// Says how the model is to behave; before the first question.
    ///
    /// @throws IllegalStateException if something was said already
    public Conversation system(String text) {
        if (!messages.isEmpty()) {
            throw new IllegalStateException("the system message belongs before the first question");
        }
        messages.add(ChatMessage.system(text));
        return this;
    }

    /// Asks with the default options, as [#ask(String, List, GenerateOptions, GenerateListener)].
    public GenerateResult ask(String text, GenerateListener listener) {
        return ask(text, List.of(), GenerateOptions.defaults(), listener);
    }

    /// Asks about an image with the default options, as [#ask(String, List, GenerateOptions,
    /// GenerateListener)].
    public GenerateResult ask(String text, Image image, GenerateListener listener) {
        return ask(text, List.of(image), GenerateOptions.defaults(), listener);
    }

    /// Asks without regions, as [#ask(String, List, List, GenerateOptions, GenerateListener)].
    public GenerateResult ask(String text, List<Image> shown, GenerateOptions options, GenerateListener listener) {
        return ask(text, shown, List.of(), options, listener);
    }

    /// Asks, and waits for the answer, which begins without the blank that tokenizers put in front, and ends where
    /// the template's strings or those of the options end it. If that fails, or is cancelled before the answer has
    /// begun, the question is forgotten; otherwise both become part of the conversation.
    ///
    /// Regions belong to the last image of the conversation, and stand where the text has [Prompt#REGION]; if it has
    /// that nowhere, they are introduced in front of it as region1, region2 and so on.
    ///
    /// @param shown images that go with the question, in front of its text
    /// @param regions of the image that was shown last
    /// @throws io.peregrine.core.PeregrineException as [Session#generate(Prompt, GenerateOptions,
    ///     GenerateListener)]
    /// @throws PromptException if there are more or fewer regions than marks
    /// @throws io.peregrine.core.TemplateException if the chat template refuses the conversation
    public GenerateResult ask(
            String text,
            List<Image> shown,
            List<Region> regions,
            GenerateOptions options,
            GenerateListener listener) {
        int messagesBefore = messages.size();
        int imagesBefore = images.size();
        int regionsBefore = allRegions.size();
        boolean answered = false;
        try {
            List<Content> content = new ArrayList<>();
            for (Image image : shown) {
                content.add(new Content.Image(images.size()));
                images.add(image);
            }
            content.addAll(words(text, regions.size()));
            allRegions.addAll(regions);
            messages.add(ChatMessage.of("user", content.toArray(Content[]::new)));
            Prompt prompt = format.prompt(messages, images, allRegions);
            GenerateResult result =
                    format.visible(session.generate(prompt, format.options(options), format.visible(listener)));
            answered =
                    result.finish() != FinishReason.CANCELLED || !result.text().isEmpty();
            if (answered) {
                messages.add(ChatMessage.assistant(result.text().strip()));
            }
            return result;
        } finally {
            if (!answered) {
                messages.subList(messagesBefore, messages.size()).clear();
                images.subList(imagesBefore, images.size()).clear();
                allRegions.subList(regionsBefore, allRegions.size()).clear();
            }
        }
    }

    /// The text of a question, with the places of its regions.
    private List<Content> words(String text, int count) {
        if (count == 0 && !session.knowsRegions()) {
            return List.of(new Content.Text(text));
        }
        String[] pieces = (text.contains(Prompt.REGION) ? text : introduction(count) + text)
                .split(Pattern.quote(Prompt.REGION), -1);
        Prompt.checkMarks(Prompt.REGION, pieces.length - 1, "region", count);
        List<Content> words = new ArrayList<>();
        for (int i = 0; i < pieces.length; i++) {
            if (i > 0) {
                words.add(new Content.Region(allRegions.size() + i - 1));
            }
            if (!pieces[i].isEmpty() || pieces.length == 1) {
                words.add(new Content.Text(pieces[i]));
            }
        }
        return List.copyOf(words);
    }

    /// How the questions of Osprey's training speak of regions: `CircleRadon/Osprey : osprey/datasets/osprey_724k.py`.
    private static String introduction(int count) {
        if (count == 0) {
            return "";
        }
        String names = IntStream.rangeClosed(1, count)
                .mapToObj(number -> "region" + number + Prompt.REGION)
                .collect(Collectors.joining(","));
        return (count == 1 ? "There is 1 part region" : "There are " + count + " part regions") + " in the picture: "
                + names + ". ";
    }

    /// What was said so far, the system message included. A copy.
    public List<ChatMessage> messages() {
        return List.copyOf(messages);
    }

    /// Forgets everything but the system message.
    public void clear() {
        messages.removeIf(message -> !message.role().equals("system"));
        images.clear();
        allRegions.clear();
    }

    /// Ends the answer underway, as [Session#cancel].
    public void cancel() {
        session.cancel();
    }

    /// Tokens that the conversation may take.
    public int contextLength() {
        return session.contextLength();
    }

    /// Ends the conversation, and an answer underway.
    @Override
    public void close() {
        session.close();
    }
}
