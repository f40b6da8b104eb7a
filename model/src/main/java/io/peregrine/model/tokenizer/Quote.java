package io.peregrine.model.tokenizer;

/// Texts from a file as they appear in messages: quoted, control characters escaped, cut after 40 characters.
final class Quote {

    private static final int SHOWN = 40;

    private Quote() {}

    static String of(String text) {
        StringBuilder out = new StringBuilder("\"");
        int shown = 0;
        for (int i = 0; i < text.length() && shown < SHOWN; shown++) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            boolean plain =
                    point >= ' ' && point != 0x7F && Character.isDefined(point) && !Character.isISOControl(point);
            if (plain) {
                out.appendCodePoint(point);
            } else {
                out.append("\\u{").append(Integer.toHexString(point)).append('}');
            }
        }
        boolean cut = text.codePointCount(0, text.length()) > SHOWN;
        return out.append(cut ? "\"..." : "\"").toString();
    }
}
