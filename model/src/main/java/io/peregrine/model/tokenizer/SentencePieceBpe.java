package io.peregrine.model.tokenizer;

/// SentencePiece byte pair encoding (`tokenizer.ggml.model` = `llama`): spaces become U+2581, then the
/// neighbours whose join is the token of the highest score are joined first. What ends in no token is encoded
/// byte by byte, or as the unknown token if the vocabulary has no byte tokens.
///
/// Bytes that are not UTF-8 are encoded as byte tokens, so that nothing is lost; only U+2581 itself comes
/// back as a space.
///
/// Source: google/sentencepiece `src/bpe_model.cc`; llama.cpp `src/llama-vocab.cpp`.
final class SentencePieceBpe implements Subwords {

    private final Vocabulary vocabulary;
    private final SentencePieces pieces;

    /// Whether no token has a space after another character: then words are merged one by one, to the same
    /// result.
    private final boolean separable;

    SentencePieceBpe(String file, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.pieces = new SentencePieces(file, vocabulary);
        this.separable = pieces.separable();
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out) {
        byte[] escaped = pieces.escape(text, from, to);
        int[] starts = new int[escaped.length + 1];
        Merger merger = new Merger();
        for (int at = 0; at < escaped.length; ) {
            int end = separable ? SentencePieces.wordEnd(escaped, at) : escaped.length;
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
            } else if (!pieces.hasBytes()) {
                out.add(vocabulary.unknown());
            } else {
                for (int at = starts[i]; at < starts[merger.next(i)]; at++) {
                    out.add(pieces.byteToken(text[at]));
                }
            }
        }
    }

    /// The token of a text that ordinary text may become, or -1.
    private int ordinary(byte[] text, int from, int to) {
        int token = vocabulary.find(text, from, to);
        return token >= 0 && vocabulary.kind(token).ordinary() ? token : -1;
    }

    @Override
    public byte[] bytes(int token) {
        return pieces.bytes(token);
    }

    @Override
    public boolean addsSpacePrefix() {
        return vocabulary.addsSpacePrefix();
    }
}
