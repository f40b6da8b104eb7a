package io.peregrine.model.tokenizer;

import java.text.Normalizer;

/// The text of a caption as CLIP's vocabulary knows it: characters composed (NFC), in lower case.
///
/// Characters become lower case one by one, so that a sigma at the end of a word is one like others: as Hugging
/// Face's fast tokenizer does it; Python's own method would make it a final one. Linear for any text: the platform's
/// methods are not where thousands of marks follow a letter, so more than [#MARKS] are composed without those before.
final class CaptionText {

    /// As many marks after a letter as stream-safe text has at most (Unicode annex 15).
    private static final int MARKS = 30;

    /// The first character that composing may change, or that may change others.
    private static final int FIRST_MARK = 0x300;

    private static final int CAPITAL_I_WITH_DOT = 0x130;

    private CaptionText() {}

    static String of(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        composed(text).codePoints().forEach(character -> {
            if (character == CAPITAL_I_WITH_DOT) {
                lower.append("i\u0307");
            } else {
                lower.appendCodePoint(Character.toLowerCase(character));
            }
        });
        return lower.toString();
    }

    private static CharSequence composed(String text) {
        if (text.chars().allMatch(character -> character < FIRST_MARK)) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int start = 0;
        int marks = 0;
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            marks = isMark(character) ? marks + 1 : 0;
            if (marks > MARKS) {
                out.append(Normalizer.normalize(text.substring(start, at), Normalizer.Form.NFC));
                start = at;
                marks = 1;
            }
            at += Character.charCount(character);
        }
        return out.append(Normalizer.normalize(text.substring(start), Normalizer.Form.NFC));
    }

    private static boolean isMark(int character) {
        int type = Character.getType(character);
        return type == Character.NON_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }
}
