package io.peregrine.core.gguf;

/// Text from a file made fit for a message: one line, no control characters, not too long.
public final class Printable {

    private static final int LONGEST = 100;

    private Printable() {}

    public static String of(String text) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length() && out.length() < LONGEST) {
            int point = text.codePointAt(at);
            switch (Character.getType(point)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED ->
                    out.append("\\u{").append(Integer.toHexString(point)).append('}');
                default -> out.appendCodePoint(point);
            }
            at += Character.charCount(point);
        }
        return at < text.length() ? out.append("...").toString() : out.toString();
    }
}
