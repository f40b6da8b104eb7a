package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.util.Locale;

/// Byte-level byte pair encoding (`tokenizer.ggml.model` = `gpt2`): text is cut into words, each word begins
/// as its bytes, and the merges of the vocabulary join them.
///
/// Bytes that are not UTF-8 are encoded as they are, so that every text comes back byte by byte. A few
/// vocabularies lack tokens for bytes that they never met (Falcon: some control characters; many: bytes that
/// UTF-8 never uses): such a byte is encoded as U+FFFD.
///
/// Source: openai/gpt-2 `src/encoder.py`; llama.cpp `src/llama-vocab.cpp`.
final class ByteLevelBpe implements Subwords {

    private static final int[] REPLACEMENT = {0xEF, 0xBF, 0xBD};

    private final Vocabulary vocabulary;
    private final PreTokenizer pre;
    private final MergeTable merges;

    /// Token by byte, negative where there is none.
    private final int[] byteTokens = new int[256];

    ByteLevelBpe(Metadata metadata, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.pre = PreTokenizer.named(metadata.file(), vocabulary.pre());
        this.merges = MergeTable.read(metadata, vocabulary);
        int missing = 0;
        for (int value = 0; value < 256; value++) {
            byteTokens[value] = byteToken(value);
            missing += byteTokens[value] < 0 ? 1 : 0;
        }
        for (int value : REPLACEMENT) {
            if (missing > 0 && byteTokens[value] < 0) {
                throw new ModelFormatException(
                        metadata.file(),
                        "key " + Keys.TOKENS,
                        "no token for " + missing + " of the 256 bytes, among them 0x"
                                + Integer.toHexString(value).toUpperCase(Locale.ROOT),
                        "a token for every byte, or at least for those of U+FFFD",
                        "");
            }
        }
    }

    /// A user-defined token that looks like the spelling of a byte is a text of its own, such as `ü` in
    /// DeepSeek's.
    private int byteToken(int value) {
        char spelling = ByteAlphabet.spelling(value);
        int token = vocabulary.find(String.valueOf(spelling));
        if (token < 0 || !vocabulary.kind(token).ordinary()) {
            return -1;
        }
        boolean own = vocabulary.kind(token) == TokenKind.USER_DEFINED && (spelling != value || value > 0x7F);
        return own ? -1 : token;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out) {
        CharText characters = CharText.of(text, from, to);
        IntList ends = pre.cut(characters);
        Merger merger = new Merger();
        byte[] spelled = new byte[vocabulary.longest() + 2];
        int start = from;
        int at = 0;
        for (int i = 0; i < ends.size(); i++) {
            int end = start;
            while (at < ends.get(i)) {
                end += Utf8.width(characters.at(at++));
            }
            int whole = pre.ignoresMerges() ? wholeWord(text, start, end, spelled) : -1;
            if (whole >= 0) {
                out.add(whole);
            } else {
                word(text, start, end, merger, out);
            }
            start = end;
        }
    }

    private void word(byte[] text, int from, int to, Merger merger, IntList out) {
        merger.clear();
        for (int i = from; i < to; i++) {
            int token = byteTokens[text[i] & 0xFF];
            if (token >= 0) {
                merger.add(token);
            } else {
                for (int value : REPLACEMENT) {
                    merger.add(byteTokens[value]);
                }
            }
        }
        merges.join(merger);
        for (int i = 0; i < merger.size(); i = merger.next(i)) {
            out.add(merger.token(i));
        }
    }

    /// The token that is the whole word, or -1.
    private int wholeWord(byte[] text, int from, int to, byte[] spelled) {
        int length = 0;
        for (int i = from; i < to; i++) {
            if (length >= vocabulary.longest()) {
                return -1;
            }
            char spelling = ByteAlphabet.spelling(text[i] & 0xFF);
            if (spelling < 0x80) {
                spelled[length++] = (byte) spelling;
            } else {
                spelled[length++] = (byte) (0xC0 | spelling >> 6);
                spelled[length++] = (byte) (0x80 | spelling & 0x3F);
            }
        }
        int token = vocabulary.find(spelled, 0, length);
        return token >= 0 && vocabulary.kind(token) == TokenKind.NORMAL ? token : -1;
    }

    /// A character of the token's text that spells no byte stands for itself.
    @Override
    public byte[] bytes(int token) {
        byte[] spelled = vocabulary.bytes(token);
        ByteArrayOutputStream out = new ByteArrayOutputStream(spelled.length);
        for (int i = 0; i < spelled.length; ) {
            int character = Utf8.character(spelled, i, spelled.length);
            int value = ByteAlphabet.value(character);
            if (value >= 0) {
                out.write(value);
            } else {
                out.write(spelled, i, Utf8.width(character));
            }
            i += Utf8.width(character);
        }
        return out.toByteArray();
    }

    @Override
    public boolean addsSpacePrefix() {
        return false;
    }
}
