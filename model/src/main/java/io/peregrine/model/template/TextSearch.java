package io.peregrine.model.template;

import java.util.ArrayList;
import java.util.List;

/// Finding, counting, replacing and splitting in linear time.
final class TextSearch {

    /// Up to this length the plain search is used, whose worst case is this many times the text.
    private static final int SHORT = 16;

    /// Comparing costs more than looking at characters one after the other.
    private static final int PRICE = 3;

    /// So does comparing with a table that says where to go on.
    private static final int PRICE_WITH_TABLE = 12;

    private TextSearch() {}

    /// The offset of the first occurrence of `part` at or after `start`, or -1.
    static int find(Text text, Text part, int start, Budget budget) {
        if (part.length() <= SHORT) {
            return findShort(text, part, start, budget);
        }
        int found = findLong(text, part, start, budget);
        budget.work(PRICE_WITH_TABLE * ((found < 0 ? text.length() : found) - (long) start + part.length()));
        return found;
    }

    private static int findShort(Text text, Text part, int start, Budget budget) {
        int last = text.length() - part.length();
        long looked = 0;
        for (int at = start; at <= last; at++) {
            int matched = 0;
            while (matched < part.length() && text.charAt(at + matched) == part.charAt(matched)) {
                matched++;
            }
            looked += matched + 1;
            if (matched == part.length()) {
                budget.work(PRICE * looked);
                return at;
            }
        }
        budget.work(PRICE * looked);
        return -1;
    }

    /// Knuth, Morris and Pratt: never looks at a character of the text twice.
    private static int findLong(Text text, Text part, int start, Budget budget) {
        if (part.length() > text.length() - start) {
            return -1;
        }
        budget.bytes(4L * part.length());
        int[] border = new int[part.length()];
        for (int i = 1, length = 0; i < part.length(); i++) {
            while (length > 0 && part.charAt(i) != part.charAt(length)) {
                length = border[length - 1];
            }
            if (part.charAt(i) == part.charAt(length)) {
                length++;
            }
            border[i] = length;
        }
        int matched = 0;
        for (int at = start; at < text.length(); at++) {
            while (matched > 0 && text.charAt(at) != part.charAt(matched)) {
                matched = border[matched - 1];
            }
            if (text.charAt(at) == part.charAt(matched)) {
                matched++;
            }
            if (matched == part.length()) {
                return at - matched + 1;
            }
        }
        return -1;
    }

    /// The offset of the last occurrence that ends at or before `end`, or -1.
    static int findLast(Text text, Text part, int end, Budget budget) {
        int last = -1;
        Text head = text.subSequence(0, end);
        if (part.length() <= SHORT) {
            for (int at = end - part.length(); at >= 0; at--) {
                if (startsWith(text, part, at)) {
                    budget.work((long) end - at + part.length());
                    return at;
                }
            }
            budget.work(end);
            return -1;
        }
        for (int at = find(head, part, 0, budget); at >= 0; at = find(head, part, at + 1, budget)) {
            last = at;
        }
        return last;
    }

    /// Whether `part` stands at offset `at`.
    static boolean startsWith(Text text, Text part, int at) {
        if (at < 0 || part.length() > text.length() - at) {
            return false;
        }
        for (int i = 0; i < part.length(); i++) {
            if (text.charAt(at + i) != part.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Occurrences that do not overlap; an empty part occurs between all characters and at both ends.
    static long count(Text text, Text part, Budget budget) {
        if (part.isEmpty()) {
            return text.codePointLength(budget) + 1L;
        }
        long count = 0;
        for (int at = find(text, part, 0, budget); at >= 0; at = find(text, part, at + part.length(), budget)) {
            count++;
        }
        return count;
    }

    /// `text.replace(old, new, limit)`; a negative limit means all.
    static Text replace(Text text, Text old, Text replacement, long limit, Budget budget) {
        TextBuffer result = new TextBuffer(budget);
        int done = 0;
        long left = limit < 0 ? Long.MAX_VALUE : limit;
        if (old.isEmpty()) {
            while (left > 0) {
                left--;
                budget.step();
                result.append(replacement);
                if (done == text.length()) {
                    return result.toText();
                }
                int next = done + Character.charCount(text.codePointAt(done));
                result.append(text.subSequence(done, next));
                done = next;
            }
            return result.append(text.subSequence(done, text.length())).toText();
        }
        int at = left > 0 ? find(text, old, 0, budget) : -1;
        if (at < 0) {
            return text;
        }
        while (at >= 0) {
            result.append(text.subSequence(done, at)).append(replacement);
            done = at + old.length();
            left--;
            at = left > 0 ? find(text, old, done, budget) : -1;
        }
        return result.append(text.subSequence(done, text.length())).toText();
    }

    /// `text.split(separator, limit)`; a negative limit means all.
    static List<Value> split(Text text, Text separator, long limit, Budget budget) {
        if (separator.isEmpty()) {
            throw new Failure("split needs a separator that is not empty");
        }
        List<Value> parts = new ArrayList<>();
        int done = 0;
        int at = limit == 0 ? -1 : find(text, separator, 0, budget);
        while (at >= 0) {
            add(parts, text.subSequence(done, at), budget);
            done = at + separator.length();
            at = parts.size() == limit ? -1 : find(text, separator, done, budget);
        }
        add(parts, text.subSequence(done, text.length()), budget);
        return parts;
    }

    /// `text.rsplit(separator, limit)`.
    static List<Value> splitFromEnd(Text text, Text separator, long limit, Budget budget) {
        if (limit < 0) {
            limit = Long.MAX_VALUE;
        }
        if (separator.isEmpty()) {
            throw new Failure("rsplit needs a separator that is not empty");
        }
        List<Value> parts = new ArrayList<>();
        int end = text.length();
        int at = limit == 0 ? -1 : findLast(text, separator, end, budget);
        while (at >= 0) {
            add(parts, text.subSequence(at + separator.length(), end), budget);
            end = at;
            at = parts.size() >= limit ? -1 : findLast(text, separator, end, budget);
        }
        add(parts, text.subSequence(0, end), budget);
        return parts.reversed();
    }

    /// `text.split(None, limit)`: words between white space.
    static List<Value> words(Text text, long limit, Budget budget) {
        budget.work(text.length());
        List<Value> parts = new ArrayList<>();
        int at = skipSpace(text, 0);
        while (at < text.length()) {
            if (parts.size() == limit) {
                add(parts, text.subSequence(at, text.length()), budget);
                return parts;
            }
            int start = at;
            while (at < text.length() && !Whitespace.is(text.charAt(at))) {
                at++;
            }
            add(parts, text.subSequence(start, at), budget);
            at = skipSpace(text, at);
        }
        return parts;
    }

    /// `text.rsplit(None, limit)`.
    static List<Value> wordsFromEnd(Text text, long limit, Budget budget) {
        budget.work(text.length());
        List<Value> parts = new ArrayList<>();
        int end = skipSpaceBack(text, text.length());
        while (end > 0) {
            if (parts.size() == limit) {
                add(parts, text.subSequence(0, end), budget);
                return parts.reversed();
            }
            int start = end;
            while (start > 0 && !Whitespace.is(text.charAt(start - 1))) {
                start--;
            }
            add(parts, text.subSequence(start, end), budget);
            end = skipSpaceBack(text, start);
        }
        return parts.reversed();
    }

    private static int skipSpace(Text text, int at) {
        int end = at;
        while (end < text.length() && Whitespace.is(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int skipSpaceBack(Text text, int at) {
        int start = at;
        while (start > 0 && Whitespace.is(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    /// `text.splitlines(keepEnds)`.
    static List<Value> lines(Text text, boolean keepEnds, Budget budget) {
        budget.work(text.length());
        List<Value> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = start;
            while (end < text.length() && !Whitespace.endsLine(text.charAt(end))) {
                end++;
            }
            int next = Math.min(end + 1, text.length());
            if (end + 1 < text.length() && text.charAt(end) == '\r' && text.charAt(end + 1) == '\n') {
                next = end + 2;
            }
            add(lines, text.subSequence(start, keepEnds ? next : end), budget);
            start = next;
        }
        return lines;
    }

    private static void add(List<Value> parts, Text part, Budget budget) {
        budget.elements(1);
        parts.add(part);
    }
}
