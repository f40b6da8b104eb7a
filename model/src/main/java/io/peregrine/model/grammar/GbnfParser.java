package io.peregrine.model.grammar;

import io.peregrine.core.ResourceLimitException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads the notation GBNF.
///
/// Source: ggml-org/llama.cpp `grammars/README.md`. Unlike there, a rule that is defined twice, an empty set of
/// characters, a range that goes backwards and an unknown name are errors, and so are references to tokens
/// (`<think>`), which depend on a vocabulary.
final class GbnfParser {

    private static final int LIMIT_CHARS = 4 << 20;
    private static final int LIMIT_RULES = 20_000;
    private static final int LIMIT_DEPTH = 64;
    private static final int LIMIT_COUNT = 1_000_000;

    private final String name;
    private final String source;
    private int at;

    /// Names of rules by number, in the order in which they are met.
    private final List<String> names = new ArrayList<>();

    private final Map<String, Integer> numbers = new LinkedHashMap<>();

    /// Where each rule is met first.
    private final List<Integer> places = new ArrayList<>();

    private final Map<Integer, Expression> bodies = new LinkedHashMap<>();

    /// The rules of a grammar.
    ///
    /// @param names by number
    /// @param bodies by number
    /// @param root the number of the rule that the whole text follows
    record Rules(List<String> names, List<Expression> bodies, int root) {}

    private GbnfParser(String name, String source) {
        this.name = name;
        this.source = source;
    }

    /// @throws GrammarException naming line and column
    /// @throws ResourceLimitException if the text is too long, too deeply nested or has too many rules
    static Rules parse(String name, String source) {
        limit(name, "the text", source.length(), LIMIT_CHARS, "characters", "write a shorter one");
        return new GbnfParser(name, source).rules();
    }

    private static void limit(String name, String what, long found, long limit, String unit, String raise) {
        if (found > limit) {
            throw new ResourceLimitException(name + ": " + what, found + " " + unit, limit + " " + unit, raise);
        }
    }

    private Rules rules() {
        skip(true);
        while (!atEnd()) {
            rule();
        }
        if (!bodies.containsKey(numbers.getOrDefault("root", -1))) {
            throw new GrammarException(name, "found no rule root, expected one: it says what the whole text is");
        }
        List<Expression> ordered = new ArrayList<>();
        for (int rule = 0; rule < names.size(); rule++) {
            Expression body = bodies.get(rule);
            if (body == null) {
                throw error(
                        places.get(rule),
                        "found the rule " + names.get(rule) + ", which is not defined; expected " + names.get(rule)
                                + " ::= ... somewhere");
            }
            ordered.add(body);
        }
        return new Rules(List.copyOf(names), List.copyOf(ordered), numbers.getOrDefault("root", -1));
    }

    private void rule() {
        int start = at;
        if (!isWord(peek(0))) {
            throw error(at, "found " + found() + ", expected the name of a rule");
        }
        String word = word();
        int rule = number(word, start);
        skip(false);
        if (!source.startsWith("::=", at)) {
            throw error(at, "found " + found() + ", expected ::= behind the name " + word);
        }
        at += 3;
        skip(true);
        Expression body = choice(0);
        if (!atEnd() && peek(0) != '\n' && peek(0) != '\r') {
            throw error(at, "found " + found() + ", expected the end of the line or another part of the rule " + word);
        }
        if (bodies.putIfAbsent(rule, body) != null) {
            throw error(start, "found the rule " + word + " a second time, expected one definition of each rule");
        }
        skip(true);
    }

    private int number(String word, int place) {
        Integer known = numbers.get(word);
        if (known != null) {
            return known;
        }
        limit(name, "rules", names.size() + 1L, LIMIT_RULES, "rules", "write fewer of them");
        numbers.put(word, names.size());
        names.add(word);
        places.add(place);
        return names.size() - 1;
    }

    /// Options with `|` between them.
    ///
    /// @param depth of parentheses around; line ends count as spaces within them
    private Expression choice(int depth) {
        List<Expression> options = new ArrayList<>();
        options.add(sequence(depth));
        while (peek(0) == '|') {
            at++;
            skip(true);
            options.add(sequence(depth));
        }
        return options.size() == 1 ? options.getFirst() : new Expression.Choice(List.copyOf(options));
    }

    private Expression sequence(int depth) {
        List<Expression> parts = new ArrayList<>();
        int repetitions = 0;
        while (!atEnd()) {
            int c = peek(0);
            repetitions = isRepetition(c) ? repetitions + 1 : 0;
            if (c == '"') {
                parts.add(text());
            } else if (c == '[') {
                parts.add(oneOf());
            } else if (c == '.') {
                at++;
                parts.add(new Expression.OneOf(CharClass.ANY));
            } else if (c == '(') {
                parts.add(group(depth));
            } else if (isWord(c)) {
                int start = at;
                parts.add(new Expression.Reference(number(word(), start)));
            } else if (isRepetition(c)) {
                if (parts.isEmpty()) {
                    throw error(at, "found " + found() + ", expected something in front of it to repeat");
                }
                limitDepth(at, "repetitions of each other", repetitions);
                parts.add(repeated(parts.removeLast(), depth));
            } else if (c == '<' || c == '!') {
                throw error(
                        at,
                        "found " + found() + ", expected characters or the name of a rule: tokens by name or number"
                                + " are not supported");
            } else {
                break;
            }
            skip(depth > 0);
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(List.copyOf(parts));
    }

    private void limitDepth(int place, String what, int depth) {
        if (depth > LIMIT_DEPTH) {
            limit(place(place), what, depth, LIMIT_DEPTH, "levels", "make rules of the inner ones");
        }
    }

    private Expression group(int depth) {
        int start = at;
        limitDepth(start, "parentheses within each other", depth + 1);
        at++;
        skip(true);
        Expression body = choice(depth + 1);
        if (peek(0) != ')') {
            throw error(
                    at,
                    "found " + found() + ", expected the ) for the ( in line " + line(start) + ", column "
                            + column(start));
        }
        at++;
        return body;
    }

    private Expression repeated(Expression body, int depth) {
        int start = at;
        int c = source.charAt(at++);
        switch (c) {
            case '*' -> {
                return new Expression.Repeat(body, 0, Expression.UNBOUNDED);
            }
            case '+' -> {
                return new Expression.Repeat(body, 1, Expression.UNBOUNDED);
            }
            case '?' -> {
                return new Expression.Repeat(body, 0, 1);
            }
            default -> {
                skip(depth > 0);
                int min = count();
                int max = min;
                skip(depth > 0);
                if (peek(0) == ',') {
                    at++;
                    skip(depth > 0);
                    max = peek(0) == '}' ? Expression.UNBOUNDED : count();
                    skip(depth > 0);
                }
                if (peek(0) != '}') {
                    throw error(at, "found " + found() + ", expected } or , in a repetition such as {2,5}");
                }
                at++;
                if (max < min) {
                    throw error(start, "found " + source.substring(start, at) + ", expected the smaller number first");
                }
                return new Expression.Repeat(body, min, max);
            }
        }
    }

    private int count() {
        int start = at;
        while (isDigit(peek(0))) {
            at++;
        }
        if (start == at) {
            throw error(at, "found " + found() + ", expected a number of times in a repetition such as {2,5}");
        }
        String digits = source.substring(start, at);
        if (digits.length() > 9 || Integer.parseInt(digits) > LIMIT_COUNT) {
            throw new ResourceLimitException(
                    place(start) + ": a repetition",
                    (digits.length() > 12 ? digits.substring(0, 12) + "..." : digits) + " times",
                    LIMIT_COUNT + " times",
                    "leave the number out for any number of times");
        }
        return Integer.parseInt(digits);
    }

    private Expression text() {
        int start = at++;
        StringBuilder text = new StringBuilder();
        while (peek(0) != '"') {
            if (atEnd()) {
                throw error(
                        at,
                        "found " + found() + ", expected the \" for the one in line " + line(start) + ", column "
                                + column(start));
            }
            text.appendCodePoint(character());
        }
        at++;
        return new Expression.Text(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private Expression oneOf() {
        int start = at++;
        boolean negated = peek(0) == '^';
        at += negated ? 1 : 0;
        List<CharClass.Range> ranges = new ArrayList<>();
        while (peek(0) != ']') {
            if (atEnd()) {
                throw error(
                        at,
                        "found " + found() + ", expected the ] for the [ in line " + line(start) + ", column "
                                + column(start));
            }
            int place = at;
            int from = character();
            int to = from;
            if (peek(0) == '-' && peek(1) != ']' && at + 1 < source.length()) {
                at++;
                to = character();
                if (to < from) {
                    throw error(
                            place,
                            "found the range " + source.substring(place, at)
                                    + ", expected the character with the smaller number first");
                }
            }
            ranges.add(new CharClass.Range(from, to));
        }
        at++;
        CharClass characters = CharClass.of(ranges);
        characters = negated ? characters.negated() : characters;
        if (characters.ranges().isEmpty()) {
            throw error(start, "found " + source.substring(start, at) + ", which no character is in; expected one");
        }
        return new Expression.OneOf(characters);
    }

    /// One character, spelled as itself or with a backslash.
    private int character() {
        int start = at;
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return checked(start, c);
        }
        int kind = peek(0);
        at++;
        return switch (kind) {
            case 'x' -> hex(start, 2);
            case 'u' -> hex(start, 4);
            case 'U' -> hex(start, 8);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']' -> kind;
            default -> {
                at = start + 1;
                throw error(
                        start,
                        "found \\ and " + found() + ", expected one of \\x, \\u, \\U, \\t, \\r, \\n, \\\\, \\\", \\[, \\]");
            }
        };
    }

    private int hex(int start, int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = peek(0) < 0x80 ? Character.digit(peek(0), 16) : -1;
            if (digit < 0) {
                throw error(
                        at,
                        "found " + found() + ", expected " + digits + " hexadecimal digits behind \\"
                                + source.charAt(start + 1));
            }
            value = value << 4 | digit;
            at++;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw error(start, "found " + source.substring(start, at) + ", expected at most \\U0010FFFF");
        }
        return checked(start, (int) value);
    }

    private int checked(int start, int c) {
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            throw error(start, String.format(Locale.ROOT, "found U+%04X, half of a character, expected a whole one", c));
        }
        return c;
    }

    private String word() {
        int start = at;
        while (isWord(peek(0))) {
            at++;
        }
        return source.substring(start, at);
    }

    /// Skips blanks and comments, and line ends where they do not end a rule.
    private void skip(boolean lines) {
        while (!atEnd()) {
            int c = peek(0);
            if (c == '#') {
                while (!atEnd() && peek(0) != '\n' && peek(0) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || lines && (c == '\n' || c == '\r')) {
                at++;
            } else {
                return;
            }
        }
    }

    private boolean atEnd() {
        return at >= source.length();
    }

    /// The unit at a distance from here, or -1.
    private int peek(int ahead) {
        return at + ahead < source.length() ? source.charAt(at + ahead) : -1;
    }

    private static boolean isWord(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || isDigit(c);
    }

    private static boolean isRepetition(int c) {
        return c == '*' || c == '+' || c == '?' || c == '{';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /// What stands here, for messages.
    private String found() {
        if (atEnd()) {
            return "the end of the text";
        }
        int c = source.codePointAt(at);
        return switch (c) {
            case '\n', '\r' -> "the end of the line";
            case '\t' -> "a tab";
            default -> c < 0x20 || c == 0x7F ? String.format(Locale.ROOT, "U+%04X", c) : Character.toString(c);
        };
    }

    private GrammarException error(int place, String problem) {
        return new GrammarException(name, line(place), column(place), problem);
    }

    private String place(int place) {
        return name + ": line " + line(place) + ", column " + column(place);
    }

    private int line(int place) {
        int line = 1;
        for (int i = 0; i < place; i++) {
            line += source.charAt(i) == '\n' ? 1 : 0;
        }
        return line;
    }

    private int column(int place) {
        return place - source.lastIndexOf('\n', place - 1);
    }
}
