package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The tokens of a model: their texts, kinds and scores, which of them are special, and the rules of the file
/// for using them.
///
/// Immutable; safe for any thread. Methods that take a token throw `IllegalArgumentException` outside
/// `0..size-1`.
public final class Vocabulary {

    /// In place of a token that the vocabulary does not have.
    public static final int NONE = -1;

    static final String SPM = "llama";
    static final String UNIGRAM = "t5";
    static final String CLIP = "clip";
    private static final String BPE = "gpt2";
    private static final String PERSIMMON = "persimmon";
    private static final String END_OF_PERSIMMON = "|ENDOFTEXT|";

    private final String model;
    private final String pre;
    private final TokenTable tokens;
    private final byte[] kinds;
    private final float @Nullable [] scores;
    private final BitSet ends;
    private final BitSet markup;
    private final BitSet stripsRight;
    private final int bos;
    private final int eos;
    private final int unknown;
    private final boolean addsBos;
    private final boolean addsEos;
    private final boolean addsSpacePrefix;
    private final boolean removesExtraSpaces;
    private final List<String> notes;

    private Vocabulary(Metadata metadata) {
        List<String> remarks = new ArrayList<>();
        boolean persimmon = metadata.string("general.architecture", "").equals(PERSIMMON);
        this.model = model(metadata, persimmon, remarks);
        boolean bytes = model.equals(BPE);
        String name = metadata.string(Keys.PRE, "");
        if (name.isEmpty() && bytes) {
            remarks.add("key " + Keys.PRE + " is missing: words are cut by the pre-tokenizer \"default\", which may "
                    + "not be the model's own; convert the model again if its answers are poor");
        }
        this.pre = name.isEmpty() ? PreTokenizer.DEFAULT : name;
        this.tokens = TokenTable.read(metadata);
        this.kinds = readKinds(metadata, tokens);
        this.scores = readScores(metadata, tokens.size());
        UsualTokens usual = switch (model) {
            case BPE -> UsualTokens.byteLevel(PreTokenizer.named(metadata.file(), pre).addsBos());
            case CLIP -> UsualTokens.CLIP;
            case SPM -> UsualTokens.SPM;
            default -> persimmon ? UsualTokens.PERSIMMON : UsualTokens.UNIGRAM;
        };
        boolean clip = model.equals(CLIP);
        int end = persimmon && !metadata.has(Keys.EOS) ? tokens.find(END_OF_PERSIMMON) : NONE;
        this.bos = clip
                ? clipMark(metadata, Keys.BOS, "<|startoftext|>")
                : special(metadata, Keys.BOS, usual.bos());
        this.eos = clip
                ? clipMark(metadata, Keys.EOS, "<|endoftext|>")
                : end != NONE ? end : special(metadata, Keys.EOS, usual.eos());
        this.unknown = special(metadata, Keys.UNKNOWN, usual.unknown());
        KnownTokens known = new KnownTokens(tokens, kinds);
        this.ends = known.ends(
                eos,
                special(metadata, Keys.EOT, NONE),
                special(metadata, Keys.EOM, NONE),
                special(metadata, Keys.FIM_PAD, NONE),
                special(metadata, Keys.FIM_REP, NONE),
                special(metadata, Keys.FIM_SEP, NONE));
        this.markup = known.markup(ends);
        this.stripsRight = known.stripsRight(metadata.string(Keys.NAME, ""));
        this.addsBos = adds(metadata, Keys.ADD_BOS, usual.addsBos() && bos != NONE, bos, Keys.BOS);
        this.addsEos = adds(metadata, Keys.ADD_EOS, usual.addsEos() && eos != NONE, eos, Keys.EOS);
        this.addsSpacePrefix = !bytes && !clip && metadata.bool(Keys.ADD_SPACE_PREFIX, usual.spacePrefix());
        this.removesExtraSpaces = model.equals(UNIGRAM) && metadata.bool(Keys.REMOVE_EXTRA_SPACES, false);
        this.notes = List.copyOf(remarks);
    }

    /// The kind of tokenizer. Old Persimmon files give the name of the other algorithm of SentencePiece; files that
    /// clip.cpp wrote give none.
    private static String model(Metadata metadata, boolean persimmon, List<String> remarks) {
        boolean unnamed = !metadata.has(Keys.MODEL)
                && metadata.has(Keys.TOKENS)
                && metadata.string("general.architecture", "").equals(CLIP);
        if (unnamed) {
            remarks.add("key " + Keys.MODEL + " is missing: a clip file, so its tokens are taken for CLIP's");
        }
        String model = unnamed ? CLIP : metadata.string(Keys.MODEL);
        if (persimmon && model.equals(SPM)) {
            remarks.add("key " + Keys.MODEL + " is \"" + SPM + "\", but the vocabulary of " + PERSIMMON
                    + " models is a unigram model: text is cut as for \"" + UNIGRAM + "\"");
            return UNIGRAM;
        }
        if (!List.of(SPM, BPE, UNIGRAM, CLIP).contains(model)) {
            throw new UnsupportedModelException(
                    metadata.file(),
                    "the tokenizer " + Quote.of(model) + " (key " + Keys.MODEL + ")",
                    SPM + ", " + BPE + ", " + UNIGRAM + ", " + CLIP);
        }
        return model;
    }

    /// A mark around CLIP's texts, which becomes a control token: the one that the file names, else the one of the
    /// usual text.
    private int clipMark(Metadata metadata, String key, String usual) {
        int token = special(metadata, key, NONE);
        int found = token != NONE ? token : tokens.find(usual);
        if (found < 0) {
            throw new ModelFormatException(
                    metadata.file(), "key " + key, "nothing, and no token " + Quote.of(usual), "a token", "");
        }
        kinds[found] = (byte) TokenKind.CONTROL.ordinal();
        return found;
    }

    /// Reads the vocabulary of a GGUF file.
    ///
    /// @throws io.peregrine.core.PeregrineException if it is damaged or of a kind that is not supported
    static Vocabulary read(Metadata metadata) {
        return new Vocabulary(metadata);
    }

    private static byte[] readKinds(Metadata metadata, TokenTable tokens) {
        int[] types = metadata.ints(Keys.TYPES);
        checkLength(metadata, Keys.TYPES, types == null ? tokens.size() : types.length, tokens.size());
        byte[] kinds = new byte[tokens.size()];
        for (int token = 0; token < kinds.length; token++) {
            int type = types != null ? types[token] : TokenKind.NORMAL.ordinal();
            if (!TokenKind.exists(type)) {
                throw new ModelFormatException(
                        metadata.file(),
                        "key " + Keys.TYPES + ", token " + token,
                        Integer.toString(type),
                        "a number from 0 to " + (TokenKind.values().length - 1),
                        "");
            }
            kinds[token] = (byte) type;
            if (type == TokenKind.BYTE.ordinal() && spelledByte(tokens.text(token)) < 0) {
                throw new ModelFormatException(
                        metadata.file(),
                        "key " + Keys.TOKENS + ", token " + token,
                        "the byte token " + Quote.of(tokens.text(token)),
                        byteText(0) + " to " + byteText(255),
                        "");
            }
        }
        return kinds;
    }

    private static float @Nullable [] readScores(Metadata metadata, int size) {
        float[] scores =
                metadata.value(Keys.SCORES) instanceof int[] whole ? floats(whole) : metadata.floats(Keys.SCORES);
        if (scores == null) {
            return null;
        }
        checkLength(metadata, Keys.SCORES, scores.length, size);
        for (int token = 0; token < size; token++) {
            if (Float.isNaN(scores[token])) {
                throw new ModelFormatException(
                        metadata.file(), "key " + Keys.SCORES + ", token " + token, "NaN", "a number", "");
            }
        }
        return scores;
    }

    private static float[] floats(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    private static void checkLength(Metadata metadata, String key, int length, int tokens) {
        if (length != tokens) {
            throw new ModelFormatException(
                    metadata.file(),
                    "key " + key,
                    length + " values for " + tokens + " tokens",
                    "one for each token",
                    "");
        }
    }

    /// A special token that the file names, else the usual one of its tokenizer where that is no ordinary
    /// token.
    private int special(Metadata metadata, String key, int usual) {
        if (metadata.has(key)) {
            return metadata.integer(key, 0, size() - 1);
        }
        return usual < size() && usual != NONE && !kind(usual).ordinary() ? usual : NONE;
    }

    private static boolean adds(Metadata metadata, String key, boolean absent, int token, String tokenKey) {
        boolean adds = metadata.bool(key, absent);
        if (adds && token == NONE) {
            throw new ModelFormatException(
                    metadata.file(), "key " + tokenKey, "nothing", "a token, because " + key + " is true", "");
        }
        return adds;
    }

    /// Number of tokens.
    public int size() {
        return tokens.size();
    }

    /// The kind of tokenizer, by the names of `tokenizer.ggml.model`: `llama`, `gpt2`, `t5` or `clip`.
    public String model() {
        return model;
    }

    /// `tokenizer.ggml.pre`: how a byte-level vocabulary cuts text into words.
    public String pre() {
        return pre;
    }

    /// The text of a token as the file spells it: `▁the`, `Ġthe`, `<0x0A>`.
    public String text(int token) {
        return tokens.text(checked(token));
    }

    /// The token that the file spells so, or [#NONE].
    public int find(String text) {
        return tokens.find(text);
    }

    /// Whether a token steers the model rather than being text: hidden from readers, made from text only
    /// where special tokens are asked for.
    public boolean isControl(int token) {
        return kind(checked(token)) == TokenKind.CONTROL || kind(token) == TokenKind.UNKNOWN;
    }

    /// Whether generation ends with a token: the end of text, of a turn or of a message.
    public boolean isEndOfGeneration(int token) {
        return ends.get(checked(token));
    }

    /// The token that begins a text, or [#NONE].
    public int bos() {
        return bos;
    }

    /// The token that ends a text, or [#NONE].
    public int eos() {
        return eos;
    }

    /// Whether the model expects [#bos] in front of a text.
    public boolean addsBos() {
        return addsBos;
    }

    /// Whether the model expects [#eos] after a text.
    public boolean addsEos() {
        return addsEos;
    }

    /// As [Tokenizer#notes], of the vocabulary alone.
    List<String> notes() {
        return notes;
    }

    int unknown() {
        return unknown;
    }

    boolean addsSpacePrefix() {
        return addsSpacePrefix;
    }

    /// Whether runs of spaces count as one, and those at the ends of a text not at all.
    boolean removesExtraSpaces() {
        return removesExtraSpaces;
    }

    TokenKind kind(int token) {
        return TokenKind.of(kinds[token]);
    }

    /// Whether a token marks a name, a place in a picture or a part of a page: anybody may write it, and answers show it.
    boolean isMarkup(int token) {
        return markup.get(token);
    }

    /// Whether white space after a token belongs to it.
    boolean stripsRight(int token) {
        return stripsRight.get(token);
    }

    /// The score of a token, 0 in a file without scores.
    float score(int token) {
        return scores == null ? 0 : scores[token];
    }

    /// Tokens in order of falling score: a number that is smaller for a higher score and equal for an equal
    /// one.
    int scoreRank(int token) {
        int bits = Float.floatToIntBits(score(token) + 0.0f);
        return ~(bits ^ bits >> 31 & Integer.MAX_VALUE);
    }

    int find(byte[] text, int from, int to) {
        return tokens.find(text, from, to);
    }

    /// The token with the longest text that `text[from, to)` begins with, or [#NONE].
    int longestPrefix(byte[] text, int from, int to) {
        return tokens.longestPrefix(text, from, to);
    }

    byte[] bytes(int token) {
        return tokens.bytes(token);
    }

    /// Bytes of a token's text.
    int length(int token) {
        return tokens.length(token);
    }

    /// Bytes of the longest text.
    int longest() {
        return tokens.longest();
    }

    /// The byte that a byte token stands for, -1 for any other token. Files without kinds spell them all the
    /// same.
    int byteValue(int token) {
        return tokens.length(token) == 6 ? spelledByte(tokens.text(token)) : -1;
    }

    static String byteText(int value) {
        return String.format(Locale.ROOT, "<0x%02X>", value);
    }

    private static int spelledByte(String text) {
        if (text.length() != 6 || !text.startsWith("<0x") || text.charAt(5) != '>') {
            return -1;
        }
        int high = "0123456789ABCDEF".indexOf(text.charAt(3));
        int low = "0123456789ABCDEF".indexOf(text.charAt(4));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    int checked(int token) {
        if (token < 0 || token >= size()) {
            throw new IllegalArgumentException("token: found " + token + ", expected 0 to " + (size() - 1));
        }
        return token;
    }
}
