package io.peregrine.cli.serve;

import java.util.BitSet;

/// Regular expressions, as GBNF of the strings of JSON that have a match: what all kinds of them agree on, which is
/// characters, sets, groups, alternatives and repetitions, and `^` and `$` at the ends of the whole.
final class SchemaPattern {

    private static final int LIMIT_CHARS = 2000;
    private static final int LIMIT_DEPTH = 24;
    private static final int LIMIT_COUNT = 1000;

    /// Where nothing says what is around the match.
    private static final String ANYTHING = "char*";

    private final String pattern;
    private final String path;
    private int at;

    private SchemaPattern(String pattern, String path) {
        this.pattern = pattern;
        this.path = path;
    }

    /// The inside of the strings: what stands between their quotes.
    ///
    /// @param path of the keyword
    /// @throws SchemaException if the expression is not valid, or has what is not supported
    static String gbnf(String pattern, String path) {
        if (pattern.length() > LIMIT_CHARS) {
            throw new SchemaException(
                    path,
                    "found a regular expression of " + pattern.length() + " characters, expected at most " + LIMIT_CHARS);
        }
        return new SchemaPattern(pattern, path).whole();
    }

    private String whole() {
        StringBuilder options = new StringBuilder();
        do {
            boolean begins = peek('^');
            at += begins ? 1 : 0;
            String middle = sequence(0);
            boolean ends = peek('$');
            at += ends ? 1 : 0;
            options.append(options.isEmpty() ? "" : " | ");
            options.append(begins ? "" : ANYTHING + " ").append(middle).append(ends ? "" : " " + ANYTHING);
        } while (skipped('|'));
        if (at < pattern.length()) {
            throw unsupported("expected the end");
        }
        return options.toString();
    }

    private String choice(int depth) {
        StringBuilder options = new StringBuilder(sequence(depth));
        while (skipped('|')) {
            options.append(" | ").append(sequence(depth));
        }
        return options.toString();
    }

    private String sequence(int depth) {
        StringBuilder parts = new StringBuilder();
        while (at < pattern.length() && "|)$".indexOf(pattern.charAt(at)) < 0) {
            parts.append(parts.isEmpty() ? "" : " ").append(one(depth)).append(repetition());
        }
        return parts.isEmpty() ? "\"\"" : parts.toString();
    }

    private String one(int depth) {
        int start = at;
        char c = pattern.charAt(at++);
        return switch (c) {
            case '(' -> group(start, depth);
            case '[' -> set(start);
            case '.' -> written(SchemaCharacters.not(SchemaCharacters.lineEnds()), start);
            case '\\' -> written(escape(start), start);
            case '^', '*', '+', '?', '{', ']', '}' -> {
                at = start;
                throw unsupported("expected a character, a set or a group");
            }
            default -> written(SchemaCharacters.of(String.valueOf(c)), start);
        };
    }

    private String group(int start, int depth) {
        if (depth == LIMIT_DEPTH) {
            throw new SchemaException(path, "found more than " + LIMIT_DEPTH + " groups within each other");
        }
        if (pattern.startsWith("?:", at)) {
            at += 2;
        } else if (peek('?')) {
            at = start;
            throw unsupported("expected a group without ? or with ?:");
        }
        String inside = choice(depth + 1);
        if (!skipped(')')) {
            throw unsupported("expected )");
        }
        return "(" + inside + ")";
    }

    private String repetition() {
        int start = at;
        String gbnf = "";
        if (skipped('*')) {
            gbnf = "*";
        } else if (skipped('+')) {
            gbnf = "+";
        } else if (skipped('?')) {
            gbnf = "?";
        } else if (skipped('{')) {
            int min = count();
            int max = min;
            boolean bounded = true;
            if (skipped(',')) {
                bounded = !peek('}');
                max = bounded ? count() : min;
            }
            if (!skipped('}') || max < min) {
                at = start;
                throw unsupported("expected a repetition such as {2,5}");
            }
            gbnf = "{" + min + "," + (bounded ? max : "") + "}";
        }
        if (!gbnf.isEmpty()) {
            skipped('?');
        }
        return gbnf;
    }

    private int count() {
        int start = at;
        while (at < pattern.length() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '9') {
            at++;
        }
        if (at == start || at - start > 4 || Integer.parseInt(pattern.substring(start, at)) > LIMIT_COUNT) {
            at = start;
            throw unsupported("expected a number from 0 to " + LIMIT_COUNT);
        }
        return Integer.parseInt(pattern.substring(start, at));
    }

    private String set(int start) {
        boolean negated = skipped('^');
        BitSet set = new BitSet();
        while (!skipped(']')) {
            if (at >= pattern.length()) {
                throw unsupported("expected ]");
            }
            if (peek('[') || pattern.startsWith("&&", at)) {
                throw unsupported("expected \\ in front of it");
            }
            int place = at;
            BitSet from = member();
            if (peek('-') && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']') {
                at++;
                BitSet to = member();
                if (from.cardinality() != 1 || to.cardinality() != 1 || to.length() < from.length()) {
                    at = place;
                    throw unsupported("expected a range such as a-z");
                }
                set.set(from.length() - 1, to.length());
            } else {
                set.or(from);
            }
        }
        return written(negated ? SchemaCharacters.not(set) : set, start);
    }

    private BitSet member() {
        int start = at;
        char c = pattern.charAt(at++);
        return c == '\\' ? escape(start) : SchemaCharacters.of(String.valueOf(c));
    }

    private BitSet escape(int start) {
        char c = at < pattern.length() ? pattern.charAt(at++) : 0;
        return switch (c) {
            case 'd' -> SchemaCharacters.digits();
            case 'D' -> SchemaCharacters.not(SchemaCharacters.digits());
            case 'w' -> SchemaCharacters.wordCharacters();
            case 'W' -> SchemaCharacters.not(SchemaCharacters.wordCharacters());
            case 's' -> SchemaCharacters.blanks();
            case 'S' -> SchemaCharacters.not(SchemaCharacters.allBlanks());
            case 't' -> SchemaCharacters.of("\t");
            case 'n' -> SchemaCharacters.of("\n");
            case 'r' -> SchemaCharacters.of("\r");
            case 'f' -> SchemaCharacters.of("\f");
            case 'u' -> hex(start, 4);
            case 'x' -> hex(start, 2);
            default -> {
                if (c < '!' || c > '~' || Character.isLetterOrDigit(c)) {
                    at = start;
                    throw unsupported("expected \\d, \\w, \\s, \\t, \\n, \\r, \\f, \\u, \\x or \\ and a sign");
                }
                yield SchemaCharacters.of(String.valueOf(c));
            }
        };
    }

    private BitSet hex(int start, int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < pattern.length() && pattern.charAt(at) < 0x80 ? Character.digit(pattern.charAt(at), 16) : -1;
            if (digit < 0) {
                at = start;
                throw unsupported("expected " + digits + " hexadecimal digits");
            }
            value = value << 4 | digit;
            at++;
        }
        return SchemaCharacters.range(value, value);
    }

    private String written(BitSet set, int start) {
        String gbnf = SchemaCharacters.gbnf(set);
        if (gbnf.equals("()")) {
            at = start;
            throw unsupported("expected characters up to U+FFFF");
        }
        return gbnf;
    }

    private boolean peek(char c) {
        return at < pattern.length() && pattern.charAt(at) == c;
    }

    private boolean skipped(char c) {
        boolean found = peek(c);
        at += found ? 1 : 0;
        return found;
    }

    private SchemaException unsupported(String problem) {
        String found = at < pattern.length() ? pattern.substring(at, Math.min(pattern.length(), at + 16)) : "the end";
        return new SchemaException(path, "found " + found + " at character " + (at + 1) + ", " + problem);
    }
}
