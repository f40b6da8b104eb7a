package io.peregrine.model.tokenizer;

import static io.peregrine.model.tokenizer.CharText.LETTER;
import static io.peregrine.model.tokenizer.CharText.MARK;
import static io.peregrine.model.tokenizer.CharText.NUMBER;
import static io.peregrine.model.tokenizer.CharText.PUNCTUATION;
import static io.peregrine.model.tokenizer.CharText.SPACE;
import static io.peregrine.model.tokenizer.CharText.SYMBOL;

import java.util.Arrays;

/// A set of characters, as a bracket expression of a regular expression.
interface CharSet {

    CharSet LETTERS = with(LETTER);
    CharSet NUMBERS = with(NUMBER);
    CharSet SPACES = with(SPACE);
    CharSet NEWLINES = of("\r\n");
    CharSet SPACE_ONLY = of(" ");

    /// `[^\s\p{L}\p{N}]`
    CharSet OTHER = without(SPACE | LETTER | NUMBER, "");

    /// `[^\r\n\p{L}\p{N}]`
    CharSet BEFORE_WORD = without(LETTER | NUMBER, "\r\n");

    /// `[\p{L}\p{M}]`
    CharSet LETTERS_AND_MARKS = with(LETTER | MARK);

    /// `[\p{P}\p{S}]`
    CharSet SIGNS = with(PUNCTUATION | SYMBOL);

    boolean has(CharText text, int at);

    /// All characters with one of the properties.
    static CharSet with(int properties) {
        return (text, at) -> text.is(at, properties);
    }

    /// All characters with none of the properties and not among those given.
    static CharSet without(int properties, String except) {
        CharSet excepted = of(except);
        return (text, at) -> !text.is(at, properties) && !excepted.has(text, at);
    }

    /// The characters of a string.
    static CharSet of(String characters) {
        int[] sorted = characters.codePoints().sorted().toArray();
        return (text, at) -> Arrays.binarySearch(sorted, text.at(at)) >= 0;
    }

    /// Ranges that do not overlap, each given by its first and its last character: `"azAZ"` is `[a-zA-Z]`.
    static CharSet ranges(String bounds) {
        int[] points = bounds.codePoints().toArray();
        long[] sorted = new long[points.length / 2];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = (long) points[2 * i] << 32 | points[2 * i + 1];
        }
        Arrays.sort(sorted);
        for (int i = 1; i < sorted.length; i++) {
            if ((int) sorted[i - 1] > (int) (sorted[i] >> 32)) {
                throw new IllegalArgumentException("overlapping ranges: " + bounds);
            }
        }
        return (text, at) -> {
            int found = Arrays.binarySearch(sorted, (long) text.at(at) << 32 | Integer.MAX_VALUE);
            int range = -found - 2;
            return range >= 0 && text.at(at) <= (int) sorted[range];
        };
    }

    default CharSet or(CharSet other) {
        return (text, at) -> has(text, at) || other.has(text, at);
    }

    default CharSet but(CharSet other) {
        return (text, at) -> has(text, at) && !other.has(text, at);
    }
}
