package io.peregrine.cli.serve;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Locale;

/// Spells texts and characters as GBNF does.
final class SchemaText {

    private SchemaText() {}

    /// A literal. Halves of characters, which only strings of JSON can have, are escaped as JSON does.
    static String literal(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> character(out, c, "\"\\"));
        return out.append('"').toString();
    }

    /// The literal of a string of JSON, its quotes included.
    static String json(String text) {
        return literal('"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"');
    }

    /// A range within brackets.
    static String range(int from, int to) {
        StringBuilder out = new StringBuilder();
        character(out, from, "[]\\-^");
        if (to > from) {
            out.append('-');
            character(out, to, "[]\\-^");
        }
        return out.toString();
    }

    private static void character(StringBuilder out, int c, String special) {
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            out.append(String.format(Locale.ROOT, "\\\\u%04X", c));
        } else if (c > ' ' && c < 0x7F && special.indexOf(c) < 0 || c == ' ') {
            out.append((char) c);
        } else if (c <= 0xFF) {
            out.append(String.format(Locale.ROOT, "\\x%02X", c));
        } else if (c <= 0xFFFF) {
            out.append(String.format(Locale.ROOT, "\\u%04X", c));
        } else {
            out.append(String.format(Locale.ROOT, "\\U%08X", c));
        }
    }
}
