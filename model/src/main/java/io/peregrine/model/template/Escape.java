package io.peregrine.model.template;

/// The backslash escapes of string literals, which are those of Python.
final class Escape {

    private static final String SIMPLE = "\\'\"abfnrtv";
    private static final String DECODED = "\\'\"\u0007\b\f\n\r\t\u000B";

    private Escape() {}

    /// Appends what the escape at `at` stands for and returns the offset behind it. An unknown escape stands
    /// for itself, backslash included.
    static int decode(String source, int at, StringBuilder text, Position begin) {
        if (at + 1 >= source.length()) {
            throw new SyntaxError(begin, "the string is not closed");
        }
        char c = source.charAt(at + 1);
        int simple = SIMPLE.indexOf(c);
        if (simple >= 0) {
            text.append(DECODED.charAt(simple));
            return at + 2;
        }
        return switch (c) {
            case '\n' -> at + 2;
            case 'x' -> hex(source, at, 2, text, begin);
            case 'u' -> hex(source, at, 4, text, begin);
            case 'U' -> hex(source, at, 8, text, begin);
            case 'N' -> throw new SyntaxError(begin, "the escape \\N{...} is not supported; use \\uXXXX");
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(source, at, text);
            default -> {
                text.append('\\').append(c);
                yield at + 2;
            }
        };
    }

    private static int hex(String source, int at, int digits, StringBuilder text, Position begin) {
        long value = 0;
        int end = at + 2 + digits;
        for (int i = at + 2; i < end; i++) {
            int digit = i < source.length() ? Character.digit(source.charAt(i), 16) : -1;
            if (digit < 0) {
                throw new SyntaxError(
                        begin, "the escape \\" + source.charAt(at + 1) + " needs " + digits + " hexadecimal digits");
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw new SyntaxError(begin, "the escape \\U" + source.substring(at + 2, end) + " is no character");
        }
        text.appendCodePoint((int) value);
        return end;
    }

    private static int octal(String source, int at, StringBuilder text) {
        int value = 0;
        int end = at + 1;
        while (end < source.length() && end < at + 4 && source.charAt(end) >= '0' && source.charAt(end) <= '7') {
            value = value * 8 + source.charAt(end) - '0';
            end++;
        }
        text.append((char) value);
        return end;
    }
}
