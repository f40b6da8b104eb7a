package io.peregrine.model.template;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Letter case and stripping, run by run so that origins stay with their characters.
final class TextCase {

    private TextCase() {}

    static Text upper(Text text, Budget budget) {
        return map(text, budget, s -> s.toUpperCase(Locale.ROOT));
    }

    static Text lower(Text text, Budget budget) {
        return map(text, budget, s -> s.toLowerCase(Locale.ROOT));
    }

    private interface Mapping {
        String apply(String text);
    }

    private static Text map(Text text, Budget budget, Mapping mapping) {
        budget.work(text.length());
        TextBuffer result = new TextBuffer(budget);
        text.forEachRun((chars, from, to, origin) ->
                result.append(mapping.apply(chars.subSequence(from, to).toString()), origin));
        return result.toText();
    }

    /// The first character in upper case, the rest in lower.
    static Text capitalize(Text text, Budget budget) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        int next = Character.charCount(first);
        TextBuffer result = new TextBuffer(budget);
        result.appendCodePoint(Character.toTitleCase(first), text.originAt(0));
        return result.append(lower(text.subSequence(next, text.length()), budget))
                .toText();
    }

    /// `str.title`: every letter after something that is no letter in upper case, the rest in lower.
    static Text title(Text text, Budget budget) {
        return title(text, budget, c -> !isCased(c));
    }

    /// Jinja's `title` filter: words begin after white space, `-`, `(`, `{`, `[` and `<`.
    static Text titleFilter(Text text, Budget budget) {
        return title(
                text, budget, c -> "-({[<".indexOf(c) >= 0 || (c < Character.MIN_SURROGATE && Whitespace.is((char) c)));
    }

    private interface WordEnd {
        boolean test(int codePoint);
    }

    private static Text title(Text text, Budget budget, WordEnd end) {
        budget.work(text.length());
        TextBuffer result = new TextBuffer(budget);
        boolean begin = true;
        int at = 0;
        while (at < text.length()) {
            int codePoint = text.codePointAt(at);
            int mapped = begin ? Character.toTitleCase(codePoint) : Character.toLowerCase(codePoint);
            result.appendCodePoint(mapped, text.originAt(at));
            begin = end.test(codePoint);
            at += Character.charCount(codePoint);
        }
        return result.toText();
    }

    private static boolean isCased(int codePoint) {
        return Character.isUpperCase(codePoint) || Character.isLowerCase(codePoint) || Character.isTitleCase(codePoint);
    }

    /// Whether there are letters with a case, all in upper (or all in lower) case.
    static boolean isAll(boolean upper, Text text, Budget budget) {
        budget.work(text.length());
        boolean seen = false;
        int at = 0;
        while (at < text.length()) {
            int codePoint = text.codePointAt(at);
            if (upper ? Character.isLowerCase(codePoint) : Character.isUpperCase(codePoint)) {
                return false;
            }
            if (Character.isTitleCase(codePoint)) {
                return false;
            }
            seen |= isCased(codePoint);
            at += Character.charCount(codePoint);
        }
        return seen;
    }

    /// Removes white space, or the characters of `chars`, from one or both ends.
    static Text strip(Text text, @Nullable Text chars, boolean left, boolean right, Budget budget) {
        int start = 0;
        int end = text.length();
        long price = chars == null ? 1 : chars.length();
        while (left && start < end) {
            budget.work(price);
            int codePoint = text.codePointAt(start);
            if (!isStripped(codePoint, chars)) {
                break;
            }
            start += Character.charCount(codePoint);
        }
        while (right && end > start) {
            budget.work(price);
            int codePoint = Character.codePointBefore(text, end);
            if (!isStripped(codePoint, chars)) {
                break;
            }
            end -= Character.charCount(codePoint);
        }
        return text.subSequence(start, end);
    }

    private static boolean isStripped(int codePoint, @Nullable Text chars) {
        if (chars == null) {
            return codePoint < Character.MIN_SURROGATE && Whitespace.is((char) codePoint);
        }
        int at = 0;
        while (at < chars.length()) {
            int candidate = chars.codePointAt(at);
            if (candidate == codePoint) {
                return true;
            }
            at += Character.charCount(candidate);
        }
        return false;
    }
}
