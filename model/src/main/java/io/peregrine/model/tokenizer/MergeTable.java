package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Metadata;
import java.nio.charset.StandardCharsets;

/// The merges of a byte-level vocabulary: which two tokens join to which third, the earlier merge first.
///
/// Of two equal merges the first counts. A merge that would make a control token is left out: text never
/// becomes one that way. Immutable.
final class MergeTable {

    private static final int LIMIT_MERGES = 1 << 22;

    /// Rank by pair of tokens.
    private final LongIntMap ranks;

    /// Token by rank.
    private final int[] joined;

    private MergeTable(LongIntMap ranks, int[] joined) {
        this.ranks = ranks;
        this.joined = joined;
    }

    static MergeTable read(Metadata metadata, Vocabulary vocabulary) {
        String[] merges = metadata.strings(Keys.MERGES);
        if (merges == null) {
            throw new ModelFormatException(
                    metadata.file(), "key " + Keys.MERGES, "nothing", "the merges of the vocabulary", "");
        }
        if (merges.length > LIMIT_MERGES) {
            throw new ResourceLimitException(
                    metadata.file() + ": key " + Keys.MERGES,
                    merges.length + " merges",
                    LIMIT_MERGES + " merges",
                    "no known model has that many, check where the file comes from");
        }
        MergeTable table = new MergeTable(new LongIntMap(merges.length), new int[merges.length]);
        for (int rank = 0; rank < merges.length; rank++) {
            table.enter(metadata.file(), vocabulary, merges[rank], rank);
        }
        return table;
    }

    private void enter(String file, Vocabulary vocabulary, String merge, int rank) {
        byte[] text = Utf8.bytes(merge);
        int space = 1;
        while (space < text.length && text[space] != ' ') {
            space++;
        }
        if (space >= text.length - 1) {
            throw new ModelFormatException(file, where(rank), Quote.of(merge), "two tokens with a space between", "");
        }
        int left = token(file, vocabulary, merge, text, 0, space, rank);
        int right = token(file, vocabulary, merge, text, space + 1, text.length, rank);
        System.arraycopy(text, space + 1, text, space, text.length - space - 1);
        joined[rank] = token(file, vocabulary, merge, text, 0, text.length - 1, rank);
        if (vocabulary.kind(joined[rank]).ordinary()) {
            ranks.putIfAbsent(key(left, right), rank);
        }
    }

    private static int token(
            String file, Vocabulary vocabulary, String merge, byte[] text, int from, int to, int rank) {
        int token = vocabulary.find(text, from, to);
        if (token < 0) {
            throw new ModelFormatException(
                    file,
                    where(rank),
                    Quote.of(merge) + ", but no token "
                            + Quote.of(new String(text, from, to - from, StandardCharsets.UTF_8)),
                    "two tokens of the vocabulary that join to a third",
                    "");
        }
        return token;
    }

    private static String where(int rank) {
        return "key " + Keys.MERGES + ", merge " + rank;
    }

    /// How two tokens join; negative tokens do not.
    long pair(int left, int right) {
        if ((left | right) < 0) {
            return Merger.Pairs.NONE;
        }
        int rank = ranks.get(key(left, right));
        return rank < 0 ? Merger.Pairs.NONE : Merger.Pairs.pair(rank, joined[rank]);
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }
}
