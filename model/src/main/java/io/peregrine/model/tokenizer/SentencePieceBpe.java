package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import java.util.Arrays;

/// SentencePiece byte pair encoding (`tokenizer.ggml.model` = `llama`): spaces become U+2581, then the
/// neighbours whose join is the token of the highest score are joined first. What ends in no token is encoded
/// byte by byte, or as the unknown token if the vocabulary has no byte tokens.
///
/// Bytes that are not UTF-8 are encoded as byte tokens, so that nothing is lost; only U+2581 itself comes
/// back as a space.
///
/// Source: google/sentencepiece `src/bpe_model.cc`; llama.cpp `src/llama-vocab.cpp`.
final class SentencePieceBpe implements Subwords {

    /// U+2581, which stands for a space.
    private static final byte[] SPACE = {(byte) 0xE2, (byte) 0x96, (byte) 0x81};

    private final Vocabulary vocabulary;

    /// Whether no token has a space after another character: then words are merged one by one, to the same
    /// result.
    private final boolean separable;

    /// Token by byte; empty if the vocabulary has no byte tokens.
    private final int[] byteTokens;

    SentencePieceBpe(String file, Vocabulary vocabulary) {
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
        this.separable = isSeparable(vocabulary);
    }

    private static boolean isSeparable(Vocabulary vocabulary) {
        for (int token = 0; token < vocabulary.size(); token++) {
            byte[] text = vocabulary.bytes(token);
            if (vocabulary.kind(token).ordinary() && wordEnd(text, 0) < text.length) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out) {
        byte[] escaped = escape(text, from, to);
        int[] starts = new int[escaped.length + 1];
        Merger merger = new Merger();
        for (int at = 0; at < escaped.length; ) {
            int end = separable ? wordEnd(escaped, at) : escaped.length;
            word(escaped, at, end, starts, merger, out);
            at = end;
        }
    }

    /// @param starts room for the places where the symbols begin
    private void word(byte[] text, int from, int to, int[] starts, Merger merger, IntList out) {
        merger.clear();
        for (int at = from; at < to; ) {
            int end = at + Utf8.width(Utf8.character(text, at, to));
            starts[merger.size()] = at;
            merger.add(ordinary(text, at, end));
            at = end;
        }
        starts[merger.size()] = to;
        merger.run((left, right) -> {
            int token = ordinary(text, starts[left], starts[merger.next(right)]);
            return token < 0 ? Merger.Pairs.NONE : Merger.Pairs.pair(vocabulary.scoreRank(token), token);
        });
        for (int i = 0; i < merger.size(); i = merger.next(i)) {
            if (merger.token(i) >= 0) {
                out.add(merger.token(i));
            } else if (byteTokens.length == 0) {
                out.add(vocabulary.unknown());
            } else {
                for (int at = starts[i]; at < starts[merger.next(i)]; at++) {
                    out.add(byteTokens[text[at] & 0xFF]);
                }
            }
        }
    }

    /// The first place after `from` where a space follows another character, or the end.
    private static int wordEnd(byte[] text, int from) {
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

    private byte[] escape(byte[] text, int from, int to) {
        int prefix = addsSpacePrefix() ? 1 : 0;
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

    /// The token of a text that ordinary text may become, or -1.
    private int ordinary(byte[] text, int from, int to) {
        int token = vocabulary.find(text, from, to);
        return token >= 0 && vocabulary.kind(token).ordinary() ? token : -1;
    }

    @Override
    public byte[] bytes(int token) {
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

    @Override
    public boolean addsSpacePrefix() {
        return vocabulary.addsSpacePrefix();
    }
}
