package io.peregrine.model;

import io.peregrine.model.chat.ChatPrompt;
import io.peregrine.model.image.Image;
import io.peregrine.model.tokenizer.TextPart;
import java.util.ArrayList;
import java.util.List;

/// What a model is asked to go on from: text and images in order. Immutable.
public final class Prompt {

    /// Stands for the next image in the text of [#raw].
    public static final String MEDIA = "<__media__>";

    /// A piece of a prompt.
    sealed interface Segment {}

    /// Text that is tokenised by itself.
    record Text(List<TextPart> parts) implements Segment {}

    /// An image.
    record Picture(Image image) implements Segment {}

    /// Tokens as they are.
    record Tokens(int[] ids) implements Segment {}

    private final List<Segment> segments;

    private final boolean beginsText;

    private Prompt(List<Segment> segments, boolean beginsText) {
        this.beginsText = beginsText;
        this.segments = List.copyOf(segments);
    }

    /// A prompt taken verbatim: no chat template, special tokens recognised; [#MEDIA] stands for the next
    /// image. Each piece of text is tokenised by itself; the token that begins a text is put in front if the
    /// vocabulary says so.
    ///
    /// @param images one for each mark
    /// @throws PromptException if there are more or fewer images than marks
    public static Prompt raw(String text, List<Image> images) {
        List<Segment> segments = new ArrayList<>();
        int from = 0;
        int next = 0;
        for (int mark = text.indexOf(MEDIA); mark >= 0; mark = text.indexOf(MEDIA, from)) {
            addText(segments, text.substring(from, mark));
            if (next < images.size()) {
                segments.add(new Picture(images.get(next)));
            }
            next++;
            from = mark + MEDIA.length();
        }
        addText(segments, text.substring(from));
        if (next != images.size()) {
            throw new PromptException(
                    "found " + next + " marks " + MEDIA + " and " + images.size() + " images",
                    "give one image for each mark");
        }
        return new Prompt(segments, true);
    }

    /// As [#raw(String, List)].
    public static Prompt raw(String text, Image... images) {
        return raw(text, List.of(images));
    }

    /// A prompt that a chat template wrote. Special tokens are recognised in what the template wrote, never
    /// in what came with the messages.
    ///
    /// @param images by the index that the messages gave them
    public static Prompt chat(ChatPrompt written, List<Image> images) {
        List<Segment> segments = new ArrayList<>();
        List<TextPart> text = new ArrayList<>();
        for (ChatPrompt.Part part : written.parts()) {
            switch (part) {
                case ChatPrompt.Text piece ->
                    text.add(piece.fromUser() ? TextPart.user(piece.text()) : TextPart.template(piece.text()));
                case ChatPrompt.Image image -> {
                    flush(text, segments);
                    segments.add(new Picture(images.get(image.index())));
                }
            }
        }
        flush(text, segments);
        return new Prompt(segments, !written.beginsWithBos());
    }

    private static void flush(List<TextPart> text, List<Segment> segments) {
        if (!text.isEmpty()) {
            segments.add(new Text(List.copyOf(text)));
            text.clear();
        }
    }

    /// A prompt of tokens, taken as they are: nothing is put in front.
    ///
    /// @param ids tokens of the model's vocabulary
    public static Prompt tokens(int... ids) {
        return new Prompt(List.of(new Tokens(ids.clone())), false);
    }

    private static void addText(List<Segment> segments, String text) {
        if (!text.isEmpty()) {
            segments.add(new Text(List.of(TextPart.template(text))));
        }
    }

    /// Whether the token that begins a text belongs in front, if the vocabulary has it so.
    boolean beginsText() {
        return beginsText;
    }

    List<Segment> segments() {
        return segments;
    }
}
