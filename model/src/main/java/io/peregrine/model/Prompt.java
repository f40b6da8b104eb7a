package io.peregrine.model;

import io.peregrine.model.chat.ChatPrompt;
import io.peregrine.model.image.Image;
import io.peregrine.model.tokenizer.TextPart;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a model is asked to go on from: text, images and regions of them in order. Immutable.
public final class Prompt {

    /// Stands for the next image in the text of [#raw].
    public static final String MEDIA = "<__media__>";

    /// Stands for the next region in the text of [#raw(String, List, List)] and of questions.
    public static final String REGION = "<mask><pos>";

    /// A piece of a prompt.
    sealed interface Segment {}

    /// Text that is tokenised by itself.
    record Text(List<TextPart> parts) implements Segment {}

    /// An image.
    record Picture(Image image) implements Segment {}

    /// A region of the image in front of it.
    record Area(Region region) implements Segment {}

    /// Tokens as they are.
    record Tokens(int[] ids) implements Segment {}

    private static final Pattern IMAGE_MARKS = Pattern.compile(MEDIA, Pattern.LITERAL);
    private static final Pattern ALL_MARKS = Pattern.compile(Pattern.quote(MEDIA) + "|" + Pattern.quote(REGION));

    private final List<Segment> segments;

    private final boolean beginsText;

    private Prompt(List<Segment> segments, boolean beginsText) {
        this.beginsText = beginsText;
        this.segments = List.copyOf(segments);
    }

    /// A prompt taken verbatim, as [#raw(String, List, List)] without regions; [#REGION] is then text like any other.
    ///
    /// @param images one for each mark
    /// @throws PromptException if there are more or fewer images than marks
    public static Prompt raw(String text, List<Image> images) {
        return raw(text, images, List.of());
    }

    /// A prompt taken verbatim: no chat template, special tokens recognised; [#MEDIA] stands for the next
    /// image, and [#REGION] for the next region of the image in front of it. Each piece of text is tokenised by itself;
    /// the token that begins a text is put in front if the vocabulary says so.
    ///
    /// @param images one for each mark
    /// @param regions one for each mark
    /// @throws PromptException if there are more or fewer images or regions than marks
    public static Prompt raw(String text, List<Image> images, List<Region> regions) {
        List<Segment> segments = new ArrayList<>();
        int from = 0;
        int image = 0;
        int region = 0;
        Matcher marks = (regions.isEmpty() ? IMAGE_MARKS : ALL_MARKS).matcher(text);
        while (marks.find()) {
            addText(segments, text.substring(from, marks.start()));
            from = marks.end();
            if (marks.group().equals(REGION)) {
                if (region < regions.size()) {
                    segments.add(new Area(regions.get(region)));
                }
                region++;
            } else {
                if (image < images.size()) {
                    segments.add(new Picture(images.get(image)));
                }
                image++;
            }
        }
        addText(segments, text.substring(from));
        checkMarks(MEDIA, image, "image", images.size());
        checkMarks(REGION, region, "region", regions.size());
        return new Prompt(segments, true);
    }

    /// @throws PromptException if there is not one thing for each mark
    static void checkMarks(String mark, int marks, String what, int given) {
        if (marks != given) {
            throw new PromptException(
                    "found " + marks + " marks " + mark + " and " + given + " " + what + "s",
                    "give one " + what + " for each mark");
        }
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
        return chat(written, images, List.of());
    }

    /// As [#chat(ChatPrompt, List)], with regions.
    ///
    /// @param images by the index that the messages gave them
    /// @param regions by the index that the messages gave them
    public static Prompt chat(ChatPrompt written, List<Image> images, List<Region> regions) {
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
                case ChatPrompt.Region region -> {
                    flush(text, segments);
                    segments.add(new Area(regions.get(region.index())));
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
