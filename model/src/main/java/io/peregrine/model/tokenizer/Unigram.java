package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;
import java.util.ArrayList;
import java.util.List;

/// SentencePiece with a unigram language model (`tokenizer.ggml.model` = `t5`): spaces become U+2581, and of
/// all ways to cut the text into pieces the one with the largest sum of scores is taken (Viterbi). A
/// character that is no piece counts as an unknown one, with a score 10 below the lowest; it is encoded byte
/// by byte, or a run of such as one unknown token if the vocabulary has no byte tokens.
///
/// Of equal sums the one whose last piece is longer counts. Sums are doubles, as in Hugging Face's
/// tokenizers. Pieces are the normal tokens; user-defined ones are found before, in the whole text. Time is
/// linear in the text: the length of a piece is bounded.
///
/// Sources: Kudo, arXiv 1804.10959; google/sentencepiece `src/unigram_model.cc`; llama.cpp
/// `src/llama-vocab.cpp` (`llm_tokenizer_ugm`).
final class Unigram implements Subwords {

    /// Bounds the work per character of a text.
    private static final int LIMIT_PIECE_BYTES = 1024;

    /// How much worse than the worst piece a character is that is none.
    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final SentencePieces spelling;
    private final PieceTrie trie;

    /// Token by piece of the trie.
    private final int[] tokens;

    /// Score by piece of the trie.
    private final float[] scores;

    private final double unknownScore;

    /// Whether no piece has a space after another character: then words are cut one by one, to the same
    /// result.
    private final boolean separable;

    /// @throws ModelFormatException if there are no scores, byte tokens for some bytes only, or neither those
    ///     nor an unknown token
    /// @throws UnsupportedModelException if texts are to be normalised by a table of characters
    Unigram(Metadata metadata, Vocabulary vocabulary) {
        String file = metadata.file();
        refuseCharacterMap(metadata);
        if (!metadata.has(Keys.SCORES)) {
            throw new ModelFormatException(
                    file, "key " + Keys.SCORES, "nothing", "the scores, by which text is cut into pieces", "");
        }
        this.vocabulary = vocabulary;
        this.spelling = new SentencePieces(file, vocabulary);
        this.separable = spelling.separable();
        IntList pieces = new IntList();
        List<byte[]> texts = new ArrayList<>();
        for (int token = 0; token < vocabulary.size(); token++) {
            if (isPiece(vocabulary, token)) {
                byte[] text = vocabulary.bytes(token);
                limit(file, token, text.length);
                pieces.add(token);
                texts.add(text);
            }
        }
        this.tokens = pieces.toArray();
        this.trie = PieceTrie.of(texts.toArray(byte[][]::new));
        this.scores = new float[tokens.length];
        float lowest = 0;
        for (int piece = 0; piece < tokens.length; piece++) {
            scores[piece] = score(file, tokens[piece]);
            lowest = piece == 0 ? scores[0] : Math.min(lowest, scores[piece]);
        }
        this.unknownScore = lowest - UNKNOWN_PENALTY;
    }

    /// The table that the original applies to a text first (NFKC and the like).
    private static void refuseCharacterMap(Metadata metadata) {
        Object map = metadata.value(Keys.CHARACTER_MAP);
        if (map != null && !(map instanceof byte[] bytes && bytes.length == 0)) {
            throw new UnsupportedModelException(
                    metadata.file(),
                    "a table that normalises characters (key " + Keys.CHARACTER_MAP + ")",
                    "vocabularies of texts as they are");
        }
    }

    private static boolean isPiece(Vocabulary vocabulary, int token) {
        TokenKind kind = vocabulary.kind(token);
        return (kind == TokenKind.NORMAL || kind == TokenKind.UNDEFINED)
                && vocabulary.length(token) > 0
                && vocabulary.byteValue(token) < 0;
    }

    private static void limit(String file, int token, int bytes) {
        if (bytes > LIMIT_PIECE_BYTES) {
            throw new ResourceLimitException(
                    file + ": the text of token " + token,
                    bytes + " bytes",
                    LIMIT_PIECE_BYTES + " bytes",
                    "no known model has one of that size, check where the file comes from");
        }
    }

    private float score(String file, int token) {
        float score = vocabulary.score(token);
        if (!Float.isFinite(score)) {
            throw new ModelFormatException(
                    file, "key " + Keys.SCORES + ", token " + token, Float.toString(score), "a finite number", "");
        }
        return score;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out) {
        byte[] escaped = vocabulary.removesExtraSpaces()
                ? escapedOnce(text, from, to)
                : spelling.escape(text, from, to);
        Search search = new Search(escaped);
        for (int at = 0; at < escaped.length; ) {
            int end = separable ? SentencePieces.wordEnd(escaped, at) : escaped.length;
            search.cut(at, end, out);
            at = end;
        }
    }

    /// With one space where there are several, and none at the ends but the prefix; empty if there is nothing
    /// else.
    private byte[] escapedOnce(byte[] text, int from, int to) {
        byte[] kept = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (text[i] != ' ' || length > 0 && kept[length - 1] != ' ') {
                kept[length++] = text[i];
            }
        }
        if (length > 0 && kept[length - 1] == ' ') {
            length--;
        }
        return length == 0 ? new byte[0] : spelling.escape(kept, 0, length);
    }

    /// The search in one text, word by word.
    private final class Search {

        private static final int UNREACHED = -2;
        private static final int UNKNOWN = -1;

        private final byte[] text;
        private final IntList path = new IntList();
        private double[] best = {};
        private int[] pieces = {};
        private int[] starts = {};

        /// Whether the last token given out was the unknown one.
        private boolean unknownBefore;

        Search(byte[] text) {
            this.text = text;
        }

        /// Appends the tokens of `text[from, to)`.
        void cut(int from, int to, IntList out) {
            reserve(to - from);
            best[0] = 0;
            for (int at = from; at < to; ) {
                int next = at + Utf8.width(Utf8.character(text, at, to));
                if (!pieces(from, at, next, to)) {
                    offer(from, at, next, UNKNOWN, unknownScore);
                }
                at = next;
            }
            path.clear();
            for (int at = to; at > from; at = starts[at - from]) {
                path.add(at);
            }
            int start = from;
            for (int i = path.size() - 1; i >= 0; i--) {
                give(start, path.get(i), pieces[path.get(i) - from], out);
                start = path.get(i);
            }
        }

        private void reserve(int length) {
            if (best.length <= length) {
                int size = Math.max(length + 1, Math.min(text.length + 1, 2 * best.length));
                best = new double[size];
                pieces = new int[size];
                starts = new int[size];
            }
            for (int i = 0; i <= length; i++) {
                pieces[i] = UNREACHED;
            }
        }

        /// Offers all pieces that begin at `at`; returns whether one is the character that ends at `next`.
        private boolean pieces(int from, int at, int next, int to) {
            boolean character = false;
            int node = PieceTrie.ROOT;
            for (int end = at; end < to; end++) {
                node = trie.child(node, text[end]);
                if (node == PieceTrie.NONE) {
                    break;
                }
                int piece = trie.piece(node);
                if (piece != PieceTrie.NONE) {
                    offer(from, at, end + 1, piece, scores[piece]);
                    character |= end + 1 == next;
                }
            }
            return character;
        }

        private void offer(int from, int start, int end, int piece, double score) {
            double sum = best[start - from] + score;
            int place = end - from;
            if (pieces[place] == UNREACHED || sum > best[place]) {
                best[place] = sum;
                pieces[place] = piece;
                starts[place] = start;
            }
        }

        private void give(int start, int end, int piece, IntList out) {
            if (piece != UNKNOWN) {
                out.add(tokens[piece]);
            } else if (spelling.hasBytes()) {
                for (int at = start; at < end; at++) {
                    out.add(spelling.byteToken(text[at]));
                }
            } else if (!unknownBefore) {
                out.add(vocabulary.unknown());
            }
            unknownBefore = piece == UNKNOWN;
        }
    }

    @Override
    public byte[] bytes(int token) {
        return spelling.bytes(token);
    }

    @Override
    public boolean addsSpacePrefix() {
        return vocabulary.addsSpacePrefix();
    }
}
