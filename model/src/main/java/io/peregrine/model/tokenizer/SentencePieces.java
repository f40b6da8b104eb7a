package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import java.util.Arrays;

/// What all algorithms of SentencePiece share: spaces as U+2581, and bytes as tokens of their own. Immutable.
///
/// Source: google/sentencepiece `src/normalizer.cc`, `src/sentencepiece_processor.cc`.
final class SentencePieces {

    /// U+2581, which stands for a space.
    private static final byte[] SPACE = {(byte) 0xE2, (byte) 0x96, (byte) 0x81};

    private final Vocabulary vocabulary;

    /// Token by byte; empty if the vocabulary has no byte tokens.
    private final int[] byteTokens;

    SentencePieces(String file, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        int[] tokens = new int[256];
        int found = 0;
        int missing = -1;
        for (int value = 0; value < 256; value++) {
            tokens[value] = vocabulary.find(Vocabulary.byteText(value));
            found += tokens[value] >= 0 ? 1 : 0;
            missing = tokens[value] < 0 && missing < 0 ? value : missing;
        }
        if (found > 0 && found < 256) {
            throw new ModelFormatException(
                    file,
                    "key " + Keys.TOKENS,
                    found + " of the 256 byte tokens, without " + Vocabulary.byteText(missing),
                    "all of them or none",
                    "");
        }
        if (found == 0 && vocabulary.unknown() == Vocabulary.NONE) {
            throw new ModelFormatException(
                    file, "key " + Keys.TOKENS, "neither byte tokens nor an unknown token", "one of them", "");
        }
        this.byteTokens = found == 0 ? new int[0] : tokens;
    }

    boolean hasBytes() {
        return byteTokens.length > 0;
    }

    /// The token of a byte.
    int byteToken(byte value) {
        return byteTokens[value & 0xFF];
    }

    /// Whether no token has a space after another character: then each word can be taken by itself, to the
    /// same result.
    boolean separable() {
        for (int token = 0; token < vocabulary.size(); token++) {
            byte[] text = vocabulary.bytes(token);
            if (vocabulary.kind(token).ordinary() && wordEnd(text, 0) < text.length) {
                return false;
            }
        }
        return true;
    }

    /// The first place after `from` where a space follows another character, or the end.
    static int wordEnd(byte[] text, int from) {
        boolean spaces = true;
        for (int at = from; at < text.length; ) {
            boolean space = isSpace(text, at);
            if (space && !spaces) {
                return at;
            }
            spaces = space;
            at += space ? SPACE.length : 1;
        }
        return text.length;
    }

    private static boolean isSpace(byte[] text, int at) {
        return text[at] == SPACE[0] && text.length - at >= 3 && text[at + 1] == SPACE[1] && text[at + 2] == SPACE[2];
    }

    /// `text[from, to)` with U+2581 for every space, and one in front if the vocabulary wants that.
    byte[] escape(byte[] text, int from, int to) {
        int prefix = vocabulary.addsSpacePrefix() ? 1 : 0;
        int spaces = prefix;
        for (int i = from; i < to; i++) {
            spaces += text[i] == ' ' ? 1 : 0;
        }
        byte[] escaped = new byte[Math.toIntExact(to - from + prefix + 2L * spaces)];
        System.arraycopy(SPACE, 0, escaped, 0, prefix * SPACE.length);
        int length = prefix * SPACE.length;
        for (int i = from; i < to; i++) {
            if (text[i] == ' ') {
                System.arraycopy(SPACE, 0, escaped, length, SPACE.length);
                length += SPACE.length;
            } else {
                escaped[length++] = text[i];
            }
        }
        return escaped;
    }

    /// The bytes that an ordinary token stands for.
    byte[] bytes(int token) {
        int value = vocabulary.byteValue(token);
        if (value >= 0) {
            return new byte[] {(byte) value};
        }
        byte[] text = vocabulary.bytes(token);
        int length = 0;
        for (int i = 0; i < text.length; ) {
            if (isSpace(text, i)) {
                text[length++] = ' ';
                i += SPACE.length;
            } else {
                text[length++] = text[i++];
            }
        }
        return Arrays.copyOf(text, length);
    }
}
