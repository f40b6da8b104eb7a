package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The byte pair encoding of CLIP (`tokenizer.ggml.model` = `clip`): text is composed (NFC) and lower-cased, cut
/// into words without the white space between them, and each word begins as its bytes, the last of which says that
/// the word ends (`</w>`); the merges join them.
///
/// White space is not encoded and how much of it there was is lost, as is case: text does not come back as it was.
/// Bytes that are not UTF-8 are read as U+FFFD. What CLIP's authors do before (mending of mojibake, HTML entities)
/// is left to the caller, as it is by Hugging Face's fast tokenizer.
///
/// Source: openai/CLIP `clip/simple_tokenizer.py`; huggingface/transformers `convert_slow_tokenizer.py`.
final class ClipBpe implements Subwords {

    /// Said of files without merges whose vocabulary is in the order of its merges.
    static final String DERIVED = "key " + Keys.MERGES + " is missing: the merges were read from the order of the "
            + "vocabulary, which is that of CLIP's own";

    /// Said of files without merges whose vocabulary tells none.
    static final String LONGEST_MATCH = "key " + Keys.MERGES + " is missing, and the vocabulary is not in the order "
            + "of its merges: words are cut into the longest tokens that fit, as clip.cpp does, which is not always "
            + "what the model was trained with; convert the model again if texts are understood poorly";

    private static final String WORD_END = "</w>";
    private static final byte[] WORD_END_BYTES = Utf8.bytes(WORD_END);

    /// Bounds the work per character where words are cut into the longest tokens.
    private static final int LIMIT_TOKEN_BYTES = 1024;

    private static final Split WORDS = Split.words(
            Rule.CONTRACTION, Rule.run(CharSet.LETTERS), Rule.run(CharSet.NUMBERS, 1), Rule.run(CharSet.OTHER));

    private final Vocabulary vocabulary;

    /// Token by byte, within a word and at its end.
    private final int[] byteTokens = new int[256];

    private final int[] lastByteTokens = new int[256];

    /// Null: the longest tokens that fit.
    private final @Nullable MergeTable merges;

    private final @Nullable String note;

    ClipBpe(Metadata metadata, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        for (int value = 0; value < 256; value++) {
            String spelling = String.valueOf(ByteAlphabet.spelling(value));
            byteTokens[value] = byteToken(metadata, value, spelling);
            lastByteTokens[value] = byteToken(metadata, value, spelling + WORD_END);
        }
        if (metadata.has(Keys.MERGES)) {
            this.merges = MergeTable.read(metadata, vocabulary);
            this.note = null;
        } else {
            this.merges = MergeTable.inOrder(vocabulary, this::spelled);
            this.note = merges != null ? DERIVED : LONGEST_MATCH;
        }
        if (merges == null && vocabulary.longest() > LIMIT_TOKEN_BYTES) {
            throw new ModelFormatException(
                    metadata.file(),
                    "key " + Keys.TOKENS,
                    "a token of " + vocabulary.longest() + " bytes",
                    "at most " + LIMIT_TOKEN_BYTES + " in a vocabulary without " + Keys.MERGES,
                    "");
        }
    }

    private int byteToken(Metadata metadata, int value, String text) {
        int token = vocabulary.find(text);
        if (token < 0 || !vocabulary.kind(token).ordinary()) {
            throw new ModelFormatException(
                    metadata.file(),
                    "key " + Keys.TOKENS,
                    String.format(Locale.ROOT, "no token %s for the byte 0x%02X", Quote.of(text), value),
                    "a token for every byte within a word, and one for every byte at its end",
                    "");
        }
        return token;
    }

    /// What was assumed because the file has no merges, or null.
    @Nullable
    String note() {
        return note;
    }

    /// The row of byte tokens that spells a token, or an empty one if it is not spelled in bytes.
    private int[] spelled(int token) {
        String text = vocabulary.text(token);
        boolean ends = text.endsWith(WORD_END);
        int length = text.length() - (ends ? WORD_END.length() : 0);
        int[] row = new int[length];
        for (int i = 0; i < length; i++) {
            int value = ByteAlphabet.value(text.charAt(i));
            if (value < 0) {
                return new int[0];
            }
            row[i] = (ends && i == length - 1 ? lastByteTokens : byteTokens)[value];
        }
        return row;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out) {
        String raw = new String(text, from, to - from, StandardCharsets.UTF_8);
        byte[] clean = Utf8.bytes(CaptionText.of(raw));
        CharText characters = CharText.of(clean, 0, clean.length);
        IntList ends = new IntList();
        WORDS.cut(characters, 0, characters.size(), ends);
        Merger merger = new Merger();
        int start = 0;
        int at = 0;
        for (int i = 0; i < ends.size(); i++) {
            boolean space = characters.is(at, CharText.SPACE);
            int end = start;
            while (at < ends.get(i)) {
                end += Utf8.width(characters.at(at++));
            }
            if (!space) {
                word(clean, start, end, merger, out);
            }
            start = end;
        }
    }

    private void word(byte[] text, int from, int to, Merger merger, IntList out) {
        if (merges == null) {
            longest(text, from, to, out);
            return;
        }
        merger.clear();
        for (int i = from; i < to; i++) {
            merger.add((i == to - 1 ? lastByteTokens : byteTokens)[text[i] & 0xFF]);
        }
        merges.join(merger);
        for (int i = 0; i < merger.size(); i = merger.next(i)) {
            out.add(merger.token(i));
        }
    }

    /// The longest token that begins a word, again and again; always one, as every byte has one.
    private void longest(byte[] text, int from, int to, IntList out) {
        ByteArrayOutputStream spelled = new ByteArrayOutputStream();
        int last = 0;
        for (int i = from; i < to; i++) {
            last = spelled.size();
            spelled.writeBytes(Utf8.bytes(String.valueOf(ByteAlphabet.spelling(text[i] & 0xFF))));
        }
        spelled.writeBytes(WORD_END_BYTES);
        byte[] word = spelled.toByteArray();
        for (int at = 0; at < word.length; ) {
            int rest = vocabulary.find(word, at, word.length);
            int token = rest >= 0 ? rest : vocabulary.longestPrefix(word, at, last);
            out.add(token);
            at += vocabulary.length(token);
        }
    }

    /// The end of a word is a space.
    @Override
    public byte[] bytes(int token) {
        String text = vocabulary.text(token);
        boolean ends = text.endsWith(WORD_END);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String spelled = ends ? text.substring(0, text.length() - WORD_END.length()) : text;
        spelled.codePoints().forEach(character -> {
            int value = ByteAlphabet.value(character);
            if (value >= 0) {
                out.write(value);
            } else {
                out.writeBytes(Utf8.bytes(Character.toString(character)));
            }
        });
        if (ends) {
            out.write(' ');
        }
        return out.toByteArray();
    }

    @Override
    public boolean addsSpacePrefix() {
        return false;
    }
}
