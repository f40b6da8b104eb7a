package io.peregrine.model.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Cuts a template's source into tokens, in linear time.
///
/// White space goes as `trim_blocks` and `lstrip_blocks` say: the newline after a block or comment tag is
/// dropped, and so are blanks before one at the start of a line; `-` at a tag's edge drops all white space on
/// that side, `+` keeps it. All line ends become `\n`, and the last one of the source is dropped.
final class Lexer {

    private static final List<String> LONG_OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=");
    private static final String SHORT_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    /// Whether what stands before `at` ends a line, or nothing does.
    private boolean lineStarts = true;
    private int line = 1;
    private int lineBegin;
    private int counted;

    private Lexer(String source) {
        this.source = source;
    }

    /// The tokens of a source, the last of them of kind END.
    static List<Token> tokens(String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        if (unix.endsWith("\n")) {
            unix = unix.substring(0, unix.length() - 1);
        }
        Lexer lexer = new Lexer(unix);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                addData(at, source.length());
                at = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            int inside = tag + 2;
            char sign = signAt(inside);
            if (sign != 0) {
                inside++;
            }
            addData(at, dataEnd(at, tag, kind != '{', sign));
            Position begin = position(tag);
            at = inside;
            switch (kind) {
                case '#' -> comment(begin);
                case '{' -> tag(begin, Token.Kind.PRINT_BEGIN, Token.Kind.PRINT_END, "}}");
                default -> {
                    int raw = rawBegin(inside);
                    if (raw >= 0) {
                        raw(begin, raw);
                    } else {
                        tag(begin, Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END, "%}");
                    }
                }
            }
        }
        tokens.add(new Token(Token.Kind.END, "", position(source.length())));
    }

    /// Where the next `{{`, `{%` or `{#` is, or -1.
    private int nextTag(int from) {
        for (int brace = source.indexOf('{', from); brace >= 0; brace = source.indexOf('{', brace + 1)) {
            if (brace + 1 < source.length() && "{%#".indexOf(source.charAt(brace + 1)) >= 0) {
                return brace;
            }
        }
        return -1;
    }

    private char signAt(int index) {
        char c = index < source.length() ? source.charAt(index) : 0;
        return c == '-' || c == '+' ? c : 0;
    }

    /// Where the data before a tag ends once white space is dropped.
    private int dataEnd(int from, int tag, boolean stripsLine, char sign) {
        int end = tag;
        if (sign == '-') {
            while (end > from && Whitespace.is(source.charAt(end - 1))) {
                end--;
            }
            return end;
        }
        if (sign == '+' || !stripsLine) {
            return tag;
        }
        while (end > from && source.charAt(end - 1) != '\n') {
            if (!Whitespace.is(source.charAt(end - 1))) {
                return tag;
            }
            end--;
        }
        return end > from || lineStarts ? end : tag;
    }

    private void addData(int from, int to) {
        if (from < to) {
            tokens.add(new Token(Token.Kind.DATA, source.substring(from, to), position(from)));
        }
    }

    /// Goes behind a closing tag of two characters at `close`, and behind the white space that it drops.
    private void closeTag(int close, char sign, boolean trimsNewline) {
        int start = close;
        at = close + 2;
        if (sign == '-') {
            while (at < source.length() && Whitespace.is(source.charAt(at))) {
                at++;
            }
        } else if (sign != '+' && trimsNewline && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarts = at > start && source.charAt(at - 1) == '\n';
    }

    private void comment(Position begin) {
        int close = source.indexOf("#}", at);
        if (close < 0) {
            throw new SyntaxError(begin, "the comment is not closed; expected '#}'");
        }
        closeTag(close, close > at ? signAt(close - 1) : 0, true);
    }

    /// The offset behind `raw %}` when a block tag's inside is that, else -1.
    private int rawBegin(int inside) {
        int name = skipSpace(inside);
        if (!source.startsWith("raw", name)) {
            return -1;
        }
        int end = skipSpace(name + 3);
        if (source.startsWith("-%}", end)) {
            return skipSpace(end + 3);
        }
        return source.startsWith("%}", end) ? end + 2 : -1;
    }

    private void raw(Position begin, int body) {
        for (int tag = source.indexOf("{%", body); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
            char sign = signAt(tag + 2);
            int name = skipSpace(sign == 0 ? tag + 2 : tag + 3);
            if (!source.startsWith("endraw", name)) {
                continue;
            }
            int close = skipSpace(name + 6);
            char closeSign = signAt(close);
            if (source.startsWith("%}", closeSign == 0 ? close : close + 1)) {
                lineStarts = source.charAt(body - 1) == '\n';
                addData(body, dataEnd(body, tag, true, sign));
                closeTag(closeSign == 0 ? close : close + 1, closeSign, true);
                return;
            }
        }
        throw new SyntaxError(begin, "the raw block is not closed; expected '{% endraw %}'");
    }

    private int skipSpace(int from) {
        int end = from;
        while (end < source.length() && Whitespace.is(source.charAt(end))) {
            end++;
        }
        return end;
    }

    /// The tokens between a tag's delimiters. The closing one counts only outside of brackets.
    private void tag(Position begin, Token.Kind beginKind, Token.Kind endKind, String close) {
        tokens.add(new Token(beginKind, "", begin));
        Deque<Character> brackets = new ArrayDeque<>();
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw new SyntaxError(begin, "the tag is not closed; expected '" + close + "'");
            }
            if (brackets.isEmpty()) {
                char sign = signAt(at);
                boolean block = endKind == Token.Kind.BLOCK_END;
                boolean signed = sign == '-' || (sign == '+' && block);
                int end = signed ? at + 1 : at;
                if (source.startsWith(close, end)) {
                    tokens.add(new Token(endKind, "", position(at)));
                    closeTag(end, signed ? sign : 0, block);
                    return;
                }
            }
            token(brackets);
        }
    }

    private void token(Deque<Character> brackets) {
        char c = source.charAt(at);
        if (isDigit(c)) {
            number();
        } else if (c == '"' || c == '\'') {
            string(c);
        } else if (isNameStart(source.codePointAt(at))) {
            int end = at;
            while (end < source.length() && isNamePart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            add(Token.Kind.NAME, source.substring(at, end), end);
        } else {
            operator(brackets);
        }
    }

    private void operator(Deque<Character> brackets) {
        for (String operator : LONG_OPERATORS) {
            if (source.startsWith(operator, at)) {
                add(Token.Kind.OPERATOR, operator, at + 2);
                return;
            }
        }
        char c = source.charAt(at);
        if (SHORT_OPERATORS.indexOf(c) < 0) {
            throw new SyntaxError(
                    position(at), "unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
        }
        switch (c) {
            case '(' -> brackets.push(')');
            case '[' -> brackets.push(']');
            case '{' -> brackets.push('}');
            case ')', ']', '}' -> {
                Character expected = brackets.poll();
                if (expected == null) {
                    throw new SyntaxError(position(at), "unexpected '" + c + "'; no bracket is open");
                }
                if (expected != c) {
                    throw new SyntaxError(position(at), "unexpected '" + c + "'; expected '" + expected + "'");
                }
            }
            default -> {}
        }
        add(Token.Kind.OPERATOR, String.valueOf(c), at + 1);
    }

    private void add(Token.Kind kind, String text, int end) {
        tokens.add(new Token(kind, text, position(at)));
        at = end;
    }

    private void number() {
        char first = source.charAt(at);
        char second = at + 1 < source.length() ? Character.toLowerCase(source.charAt(at + 1)) : 0;
        if (first == '0' && (second == 'x' || second == 'o' || second == 'b')) {
            int end = at + 2;
            while (end < source.length()
                    && (Character.digit(source.charAt(end), 16) >= 0 || source.charAt(end) == '_')) {
                end++;
            }
            add(Token.Kind.INTEGER, source.substring(at, end), end);
            return;
        }
        boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
        int end = digits(at);
        boolean real = false;
        if (!afterDot && end + 1 < source.length() && source.charAt(end) == '.' && isDigit(source.charAt(end + 1))) {
            end = digits(end + 1);
            real = true;
        }
        if (!afterDot && end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
            int exponent = end + 1;
            if (signAt(exponent) != 0) {
                exponent++;
            }
            if (exponent < source.length() && isDigit(source.charAt(exponent))) {
                end = digits(exponent);
                real = true;
            }
        }
        add(real ? Token.Kind.FLOAT : Token.Kind.INTEGER, source.substring(at, end), end);
    }

    /// The end of digits that single underscores may part.
    private int digits(int from) {
        int end = from;
        while (end < source.length()) {
            boolean part = source.charAt(end) == '_' && end + 1 < source.length() && isDigit(source.charAt(end + 1));
            if (!isDigit(source.charAt(end)) && !part) {
                break;
            }
            end++;
        }
        return end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(int codePoint) {
        return codePoint == '_' || Character.isUnicodeIdentifierStart(codePoint);
    }

    private static boolean isNamePart(int codePoint) {
        return codePoint == '_'
                || (Character.isUnicodeIdentifierPart(codePoint) && !Character.isIdentifierIgnorable(codePoint));
    }

    private void string(char quote) {
        StringBuilder text = new StringBuilder();
        int end = at + 1;
        while (true) {
            if (end >= source.length()) {
                throw new SyntaxError(position(at), "the string is not closed; expected " + quote);
            }
            char c = source.charAt(end);
            if (c == quote) {
                break;
            }
            if (c == '\\') {
                end = Escape.decode(source, end, text, position(at));
            } else {
                text.append(c);
                end++;
            }
        }
        add(Token.Kind.STRING, text.toString(), end + 1);
    }

    /// The position of an offset that is not before the last one asked for, but for the same line.
    private Position position(int offset) {
        while (counted < offset) {
            if (source.charAt(counted) == '\n') {
                line++;
                lineBegin = counted + 1;
            }
            counted++;
        }
        return new Position(line, offset - lineBegin + 1);
    }
}
