package io.peregrine.model;

import io.peregrine.model.block.PlaceNotation;
import io.peregrine.model.tokenizer.TextPart;
import io.peregrine.model.tokenizer.Tokenizer;
import io.peregrine.model.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Text of a prompt that may name places in a picture: what stands between places is tokenised by itself, and
/// a place becomes a token for each coordinate, between two that belong to its tag.
///
/// A tag that is not closed is text like any other; one around something else than coordinates is an error.
final class PromptText {

    /// Digits of a coordinate, point included.
    private static final int MAX_DIGITS = 12;

    private final Tokenizer tokenizer;
    private final PlaceNotation notation;
    private final IntStream.Builder tokens = IntStream.builder();
    private final List<TextPart> run = new ArrayList<>();

    private PromptText(Tokenizer tokenizer, PlaceNotation notation) {
        this.tokenizer = tokenizer;
        this.notation = notation;
    }

    /// The tokens of a text behind a picture whose places it may name.
    ///
    /// @throws PromptException if a tag holds no place in the picture
    static int[] encode(Tokenizer tokenizer, List<TextPart> parts, PlaceNotation notation) {
        PromptText text = new PromptText(tokenizer, notation);
        parts.forEach(text::add);
        text.flush();
        return text.tokens.build().toArray();
    }

    private void add(TextPart part) {
        String text = part.text();
        Set<PlaceNotation.Tag> unclosed = new HashSet<>();
        int from = 0;
        for (int at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
            PlaceNotation.Tag tag = tagAt(text, at);
            if (tag == null || unclosed.contains(tag)) {
                continue;
            }
            int close = text.indexOf(tag.close(), at);
            if (close < 0) {
                unclosed.add(tag);
                continue;
            }
            run.add(new TextPart(text.substring(from, at), part.trusted()));
            flush();
            addPlace(tag, text.substring(at + tag.open().length(), close));
            from = close + tag.close().length();
            at = from - 1;
        }
        run.add(new TextPart(text.substring(from), part.trusted()));
    }

    private PlaceNotation.@Nullable Tag tagAt(String text, int at) {
        for (PlaceNotation.Tag tag : notation.tags()) {
            if (text.startsWith(tag.open(), at)) {
                return tag;
            }
        }
        return null;
    }

    private void flush() {
        IntStream.of(tokenizer.encodeParts(run, false)).forEach(tokens);
        run.clear();
    }

    private void addPlace(PlaceNotation.Tag tag, String content) {
        String[] numbers = content.split(",", -1);
        if (numbers.length != tag.axes().length()) {
            throw wrong(tag, numbers.length + " numbers");
        }
        tokens.add(token(tag.first()));
        for (int i = 0; i < numbers.length; i++) {
            int side = tag.axes().charAt(i) == 'x' ? notation.width() : notation.height();
            double coordinate = coordinate(tag, numbers[i].strip(), side);
            tokens.add(token(Long.toString((long) Math.rint(coordinate * notation.factor()))));
        }
        tokens.add(token(tag.last()));
    }

    private double coordinate(PlaceNotation.Tag tag, String number, int side) {
        boolean plain = !number.isEmpty()
                && number.length() <= MAX_DIGITS
                && number.chars().allMatch(c -> c >= '0' && c <= '9' || c == '.')
                && number.chars().anyMatch(c -> c != '.')
                && number.indexOf('.') == number.lastIndexOf('.');
        if (!plain || Double.parseDouble(number) > side) {
            throw wrong(tag, '"' + number.substring(0, Math.min(number.length(), MAX_DIGITS)) + '"');
        }
        return Double.parseDouble(number);
    }

    private PromptException wrong(PlaceNotation.Tag tag, String found) {
        return new PromptException(
                "found " + found + " between " + tag.open() + " and " + tag.close() + ", expected "
                        + String.join(", ", tag.axes().split("")) + " in pixels of the picture, of "
                        + notation.width() + " x " + notation.height(),
                "name a place in the picture");
    }

    private int token(String text) {
        int token = tokenizer.vocabulary().find(text);
        if (token == Vocabulary.NONE) {
            throw new PromptException(
                    "the vocabulary has no token " + text + " for a place in the picture",
                    "ask without naming places");
        }
        return token;
    }
}
