package io.peregrine.core;

/// Parts of messages that may be text of a file, kept on one line: whoever makes a file must not be able to write lines of
/// their own into a log, steer a terminal, or fill either.
final class MessageText {

    private static final int LONGEST = 400;

    private MessageText() {}

    /// The text with characters that show nothing written as their numbers, cut after 400.
    static String of(String text) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), LONGEST));
        int at = 0;
        while (at < text.length() && out.length() < LONGEST) {
            int point = text.codePointAt(at);
            switch (Character.getType(point)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE ->
                    out.append("\\u{").append(Integer.toHexString(point)).append('}');
                default -> out.appendCodePoint(point);
            }
            at += Character.charCount(point);
        }
        return at < text.length() ? out.append("...").toString() : out.toString();
    }
}
