package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

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
        int merges = metadata.countStrings(Keys.MERGES);
        if (merges < 0) {
            throw new ModelFormatException(
                    metadata.file(), "key " + Keys.MERGES, "nothing", "the merges of the vocabulary", "");
        }
        if (merges > LIMIT_MERGES) {
            throw new ResourceLimitException(
                    metadata.file() + ": key " + Keys.MERGES,
                    merges + " merges",
                    LIMIT_MERGES + " merges",
                    "no known model has that many, check where the file comes from");
        }
        MergeTable table = new MergeTable(new LongIntMap(merges), new int[merges]);
        int[] rank = new int[1];
        metadata.eachString(Keys.MERGES, merge -> table.enter(metadata.file(), vocabulary, merge, rank[0]++));
        return table;
    }

    /// The merges of a vocabulary that is in their order, as CLIP's is: every ordinary token that is no byte was made
    /// by one merge, the earlier merge's first. Encoding the text of a token with the merges before it leaves the two
    /// that its own merge joins: nothing could join across their border when the merge was learnt.
    ///
    /// @param spelled the byte tokens that spell a token, none if it has no such spelling
    /// @return null if some token does not come out as two
    static @Nullable MergeTable inOrder(Vocabulary vocabulary, IntFunction<int[]> spelled) {
        int most = vocabulary.size();
        MergeTable table = new MergeTable(new LongIntMap(most), new int[most]);
        Merger merger = new Merger();
        int rank = 0;
        for (int token = 0; token < most; token++) {
            if (!vocabulary.kind(token).ordinary()) {
                continue;
            }
            merger.clear();
            int[] row = spelled.apply(token);
            if (row.length == 1 && row[0] == token && rank == 0) {
                continue;
            }
            for (int part : row) {
                merger.add(part);
            }
            table.join(merger);
            int second = merger.size() == 0 ? 0 : merger.next(0);
            if (second >= merger.size() || merger.next(second) != merger.size()) {
                return null;
            }
            table.joined[rank] = token;
            table.ranks.putIfAbsent(key(merger.token(0), merger.token(second)), rank);
            rank++;
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

    /// Joins what joins in a row of tokens.
    void join(Merger row) {
        row.run((left, right) -> pair(row.token(left), row.token(right)));
    }

    /// How two tokens join; negative tokens do not.
    private long pair(int left, int right) {
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
