package io.peregrine.model.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Cuts a template's source into tokens, one by one, in linear time.
///
/// White space goes as `trim_blocks` and `lstrip_blocks` say: the newline after a block or comment tag is
/// dropped, and so are blanks before one at the start of a line; `-` at a tag's edge drops all white space on
/// that side, `+` keeps it. All line ends become `\n`, and the last one of the source is dropped.
final class Lexer {

    private static final List<String> LONG_OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=");
    private static final String SHORT_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    /// Tokens that are cut but not yet taken.
    private final Deque<Token> ready = new ArrayDeque<>();
    /// One copy of every name and operator.
    private final Map<String, String> words = new HashMap<>();
    /// The brackets to close before the tag can end.
    private final Deque<Character> brackets = new ArrayDeque<>();
    /// Where the tag begins that `at` is inside of.
    private Position tagBegin = new Position(1, 1);
    /// What that tag ends with; empty outside of tags.
    private String tagClose = "";
    private int at;
    /// Whether what stands before `at` ends a line, or nothing does.
    private boolean lineStarts = true;
    private int line = 1;
    private int lineBegin;
    private int counted;

    Lexer(String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    }

    /// The next token; of kind END at and after the end.
    Token next() {
        while (ready.isEmpty()) {
            if (!tagClose.isEmpty()) {
                insideTag();
            } else if (at < source.length()) {
                outsideTag();
            } else {
                return new Token(Token.Kind.END, "", position(source.length()));
            }
        }
        return ready.remove();
    }

    /// Takes the text up to the next tag, and that tag's opening.
    private void outsideTag() {
        int tag = nextTag(at);
        if (tag < 0) {
            addData(at, source.length());
            at = source.length();
            return;
        }
        char kind = source.charAt(tag + 1);
        char sign = signAt(tag + 2);
        int inside = sign == 0 ? tag + 2 : tag + 3;
        addData(at, dataEnd(at, tag, kind != '{', sign));
        Position begin = position(tag);
        at = inside;
        int raw = kind == '%' ? rawBegin(inside) : -1;
        if (kind == '#') {
            comment(begin);
        } else if (raw >= 0) {
            raw(begin, raw);
        } else {
            ready.add(new Token(kind == '{' ? Token.Kind.PRINT_BEGIN : Token.Kind.BLOCK_BEGIN, "", begin));
            tagBegin = begin;
            tagClose = kind == '{' ? "}}" : "%}";
        }
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
            ready.add(new Token(Token.Kind.DATA, source.substring(from, to), position(from)));
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

    /// Takes one token inside of a tag. What closes the tag counts only outside of brackets.
    private void insideTag() {
        at = skipSpace(at);
        if (at >= source.length()) {
            throw new SyntaxError(tagBegin, "the tag is not closed; expected '" + tagClose + "'");
        }
        if (brackets.isEmpty()) {
            char sign = signAt(at);
            boolean block = tagClose.equals("%}");
            boolean signed = sign == '-' || (sign == '+' && block);
            int close = signed ? at + 1 : at;
            if (source.startsWith(tagClose, close)) {
                ready.add(new Token(block ? Token.Kind.BLOCK_END : Token.Kind.PRINT_END, "", position(at)));
                closeTag(close, signed ? sign : 0, block);
                tagClose = "";
                return;
            }
        }
        token();
    }

    private void token() {
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
            operator();
        }
    }

    private void operator() {
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
        boolean word = kind == Token.Kind.NAME || kind == Token.Kind.OPERATOR;
        ready.add(new Token(kind, word ? words.computeIfAbsent(text, t -> t) : text, position(at)));
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
