package io.peregrine.model.tokenizer;

import static io.peregrine.model.tokenizer.CharText.LETTER;
import static io.peregrine.model.tokenizer.CharText.LOWER;
import static io.peregrine.model.tokenizer.CharText.MARK;
import static io.peregrine.model.tokenizer.CharText.SPACE;
import static io.peregrine.model.tokenizer.CharText.UPPER;

/// One alternative of a pattern that finds words.
///
/// Where a rule fails it must have looked no further than what another rule of the same pattern then takes,
/// or a constant more: that keeps the whole linear.
interface Rule {

    int NO_MATCH = -1;

    /// The end of the match that begins at `from` and lies before `end`, or [#NO_MATCH]. Never empty.
    int match(CharText text, int from, int end);

    /// `\s+(?!\S)`: white space without the last character, or with it at the end of the text.
    Rule SPACES_BEFORE_LAST = (text, from, end) -> {
        int run = run(CharSet.SPACES, text, from, end);
        return run == end && run > from ? run : run > from + 1 ? run - 1 : NO_MATCH;
    };

    /// `\s*[\r\n]+`: white space up to its last line break.
    Rule SPACES_TO_NEWLINE = (text, from, end) -> {
        int last = NO_MATCH;
        for (int at = from; at < end && text.is(at, SPACE); at++) {
            if (text.at(at) == '\r' || text.at(at) == '\n') {
                last = at + 1;
            }
        }
        return last;
    };

    /// `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d`.
    Rule CONTRACTION = (text, from, end) -> contraction(text, from, end, false);

    /// The same in any case. The long s is a lower-case s to regular expressions.
    Rule CONTRACTION_ANY_CASE = (text, from, end) -> contraction(text, from, end, true);

    /// `set+`
    static Rule run(CharSet set) {
        return run(set, Integer.MAX_VALUE);
    }

    /// `set{1,most}`
    static Rule run(CharSet set, int most) {
        return (text, from, end) -> {
            int stop = run(set, text, from, (int) Math.min(end, (long) from + most));
            return stop > from ? stop : NO_MATCH;
        };
    }

    /// `lead?set+`
    static Rule run(CharSet lead, CharSet set) {
        return (text, from, end) -> {
            int start = lead.has(text, from) && from + 1 < end && set.has(text, from + 1) ? from + 1 : from;
            int stop = run(set, text, start, end);
            return stop > start ? stop : NO_MATCH;
        };
    }

    /// The rule and then `tail{0,most}`.
    static Rule followed(Rule rule, CharSet tail, int most) {
        return (text, from, end) -> {
            int stop = rule.match(text, from, end);
            return stop == NO_MATCH ? NO_MATCH : run(tail, text, stop, (int) Math.min(end, (long) stop + most));
        };
    }

    /// The rule and then, if it matches there, another.
    static Rule followed(Rule rule, Rule tail) {
        return (text, from, end) -> {
            int stop = rule.match(text, from, end);
            int more = stop == NO_MATCH || stop == end ? NO_MATCH : tail.match(text, stop, end);
            return more == NO_MATCH ? stop : more;
        };
    }

    /// `first rest+`
    static Rule sequence(CharSet first, CharSet rest) {
        return (text, from, end) -> {
            int stop = first.has(text, from) ? run(rest, text, from + 1, end) : from;
            return stop > from + 1 ? stop : NO_MATCH;
        };
    }

    /// A fixed text.
    static Rule literal(String wanted) {
        int[] points = wanted.codePoints().toArray();
        return (text, from, end) -> {
            int at = 0;
            while (at < points.length && from + at < end && text.at(from + at) == points[at]) {
                at++;
            }
            return at == points.length ? from + at : NO_MATCH;
        };
    }

    /// Exactly `count` characters of a set.
    static Rule exactly(CharSet set, int count) {
        return (text, from, end) ->
                end - from >= count && run(set, text, from, from + count) == from + count ? from + count : NO_MATCH;
    }

    /// `[^\r\n\p{L}\p{N}]?upper*lower+ | [^\r\n\p{L}\p{N}]?upper+lower*`, upper and lower without the
    /// characters given: words that begin anew at an upper-case letter after a lower-case one.
    static Rule casedWord(CharSet except) {
        CharSet upper = CharSet.with(UPPER).but(except);
        CharSet lower = CharSet.with(LOWER).but(except);
        return (text, from, end) -> {
            boolean lead = from + 1 < end && CharSet.BEFORE_WORD.has(text, from);
            int stop = lead ? endingLower(text, from + 1, end, upper, lower) : NO_MATCH;
            if (stop == NO_MATCH) {
                stop = endingLower(text, from, end, upper, lower);
            }
            if (stop == NO_MATCH && lead) {
                stop = beginningUpper(text, from + 1, end, upper, lower);
            }
            return stop == NO_MATCH ? beginningUpper(text, from, end, upper, lower) : stop;
        };
    }

    /// `upper*lower+`. The sets overlap: where nothing but upper follows, the last that is both ends the
    /// match.
    private static int endingLower(CharText text, int from, int end, CharSet upper, CharSet lower) {
        int middle = run(upper, text, from, end);
        int stop = run(lower, text, middle, end);
        if (stop > middle) {
            return stop;
        }
        while (middle > from && !lower.has(text, middle - 1)) {
            middle--;
        }
        return middle > from ? middle : NO_MATCH;
    }

    /// `upper+lower*`
    private static int beginningUpper(CharText text, int from, int end, CharSet upper, CharSet lower) {
        int middle = run(upper, text, from, end);
        return middle > from ? run(lower, text, middle, end) : NO_MATCH;
    }

    /// `[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+`: letters and marks with single spaces among
    /// them.
    Rule SPACED_WORDS = (text, from, end) -> {
        int at = from + 1 < end && CharSet.BEFORE_WORD.has(text, from) && text.is(from + 1, LETTER) ? from + 1 : from;
        if (!text.is(at, LETTER)) {
            return NO_MATCH;
        }
        while (at < end) {
            if (text.is(at, LETTER | MARK)) {
                at++;
            } else if (text.at(at) == ' ' && at + 1 < end && text.is(at + 1, LETTER)) {
                at += 2;
            } else {
                break;
            }
        }
        return at;
    };

    /// The end of the characters of a set that begin at `from`.
    private static int run(CharSet set, CharText text, int from, int end) {
        int at = from;
        while (at < end && set.has(text, at)) {
            at++;
        }
        return at;
    }

    private static int contraction(CharText text, int from, int end, boolean anyCase) {
        if (text.at(from) != '\'' || from + 1 >= end) {
            return NO_MATCH;
        }
        int first = letter(text.at(from + 1), anyCase);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return from + 2;
        }
        int second = from + 2 < end ? letter(text.at(from + 2), anyCase) : 0;
        boolean two = (first == 'r' || first == 'v') && second == 'e' || first == 'l' && second == 'l';
        return two ? from + 3 : NO_MATCH;
    }

    private static int letter(int character, boolean anyCase) {
        if (!anyCase) {
            return character;
        }
        return character >= 'A' && character <= 'Z' ? character + 32 : character == 'ſ' ? 's' : character;
    }
}
