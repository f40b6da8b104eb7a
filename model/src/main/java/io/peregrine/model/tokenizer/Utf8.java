package io.peregrine.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
final class Utf8 {

    /// What stands for a byte that is not part of any character: `INVALID + byte`.
    static final int INVALID = 0x110000;

    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private Utf8() {}

    /// The character that begins at `at`, or [#INVALID] plus the byte if none does before `end`.
    static int character(byte[] text, int at, int end) {
        int first = text[at] & 0xFF;
        if (first < 0x80) {
            return first;
        }
        int more = first >= 0xC2 && first <= 0xDF
                ? 1
                : (first & 0xF0) == 0xE0 ? 2 : first >= 0xF0 && first <= 0xF4 ? 3 : 0;
        if (more == 0 || end - at <= more) {
            return INVALID + first;
        }
        int point = first & 0x3F >> more;
        for (int i = 1; i <= more; i++) {
            int next = text[at + i];
            if ((next & 0xC0) != 0x80) {
                return INVALID + first;
            }
            point = point << 6 | next & 0x3F;
        }
        boolean wellFormed = more == 1
                || more == 2 && point >= 0x800 && (point < 0xD800 || point > 0xDFFF)
                || more == 3 && point >= 0x10000 && point <= 0x10FFFF;
        return wellFormed ? point : INVALID + first;
    }

    /// Bytes that a result of [#character] takes in the text.
    static int width(int character) {
        return character < 0x80 || character >= INVALID ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    }

    /// The bytes of a text; each surrogate without its partner becomes U+FFFD.
    static byte[] bytes(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return replacingLoneSurrogates(text);
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] replacingLoneSurrogates(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .replaceWith(REPLACEMENT)
                    .encode(CharBuffer.wrap(text));
            return Arrays.copyOf(bytes.array(), bytes.remaining());
        } catch (CharacterCodingException e) {
            throw new IllegalStateException(e);
        }
    }
}
