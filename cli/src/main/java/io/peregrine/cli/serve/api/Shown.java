package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;

/// How what a client sent is shown back in a message: short, and on one line.
final class Shown {

    private static final int MOST = 60;

    private Shown() {}

    /// A value, in JSON if it is short.
    static String value(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING -> text(value.textValue());
            default -> cut(value.asText());
        };
    }

    /// In quotes.
    static String text(String text) {
        return '"' + cut(text) + '"';
    }

    /// The path of a field, which a client may have made up.
    static String path(String path) {
        return cut(path);
    }

    private static String cut(String text) {
        boolean whole = text.length() <= MOST;
        int end = whole || !Character.isHighSurrogate(text.charAt(MOST - 1)) ? Math.min(text.length(), MOST) : MOST - 1;
        StringBuilder line = new StringBuilder();
        text.substring(0, end).codePoints().forEach(c -> line.appendCodePoint(isPlain(c) ? c : '\uFFFD'));
        return whole ? line.toString() : line + "...";
    }

    private static boolean isPlain(int c) {
        return !Character.isISOControl(c)
                && Character.getType(c) != Character.FORMAT
                && Character.getType(c) != Character.LINE_SEPARATOR
                && Character.getType(c) != Character.PARAGRAPH_SEPARATOR;
    }
}
