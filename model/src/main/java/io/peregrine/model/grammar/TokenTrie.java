package io.peregrine.model.grammar;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;

/// The tokens of a vocabulary that are text, as a tree over their bytes, its nodes in the order of a walk: a node's
/// children follow it, and what follows them is known, so that a walk that may not go on skips them. Immutable.
///
/// Left out, and so never allowed by a grammar, are control tokens, markers, tokens without text, and those of more
/// than 255 bytes.
final class TokenTrie {

    /// In place of the node of the empty text.
    static final int ROOT = -1;

    private static final int LONGEST = 255;
    private static final int LIMIT_NODES = 1 << 25;

    private final int vocab;

    /// Texts one after the other: that of token `i` is `bytes[starts[i], starts[i + 1])`, empty where left out.
    private final byte[] bytes;

    private final int[] starts;
    private final int longest;
    private final long[] ends;

    /// Children of the root by byte, negative where there is none.
    private final int[] beginnings = new int[256];

    /// By node: its byte, its distance from the root, the node behind its children, and where its tokens begin in
    /// `tokens`; they end where those of the next node begin.
    final byte[] labels;

    final byte[] depths;
    final int[] skips;
    final int[] firsts;

    /// Tokens in the order of their bytes.
    final int[] tokens;

    /// @param texts the bytes of each token, empty for those that are no text
    /// @param ending the tokens that end an answer
    /// @throws ResourceLimitException if the texts are too much altogether
    TokenTrie(byte[][] texts, BitSet ending) {
        this.vocab = texts.length;
        this.starts = new int[vocab + 1];
        long total = 0;
        int most = 0;
        for (int token = 0; token < vocab; token++) {
            total += texts[token].length;
            if (total > LIMIT_NODES) {
                throw new ResourceLimitException(
                        "the texts of the tokens, for a grammar",
                        "more than " + LIMIT_NODES + " bytes",
                        LIMIT_NODES + " bytes",
                        "answer without a grammar");
            }
            starts[token + 1] = (int) total;
            most = Math.max(most, texts[token].length);
        }
        this.longest = most;
        this.ends = Arrays.copyOf(ending.toLongArray(), words());
        this.bytes = new byte[(int) total];
        for (int token = 0; token < vocab; token++) {
            System.arraycopy(texts[token], 0, bytes, starts[token], texts[token].length);
        }
        this.tokens = IntStream.range(0, vocab)
                .filter(token -> texts[token].length > 0)
                .boxed()
                .sorted(Comparator.comparing(token -> texts[token], Arrays::compareUnsigned))
                .mapToInt(Integer::intValue)
                .toArray();
        int nodes = 0;
        for (int i = 0; i < tokens.length; i++) {
            nodes += texts[tokens[i]].length - shared(texts, i);
        }
        this.labels = new byte[nodes];
        this.depths = new byte[nodes];
        this.skips = new int[nodes];
        this.firsts = new int[nodes + 1];
        link(texts);
    }

    /// The tokens of a model.
    static TokenTrie of(Tokenizer tokenizer) {
        int vocab = tokenizer.vocabulary().size();
        byte[][] texts = new byte[vocab][];
        BitSet ending = new BitSet(vocab);
        for (int token = 0; token < vocab; token++) {
            byte[] text = tokenizer.isText(token) ? tokenizer.bytes(token) : new byte[0];
            texts[token] = text.length <= LONGEST ? text : new byte[0];
            ending.set(token, tokenizer.vocabulary().isEndOfGeneration(token));
        }
        return new TokenTrie(texts, ending);
    }

    /// How many bytes the `i`-th token shares with the one before it.
    private int shared(byte[][] texts, int i) {
        if (i == 0) {
            return 0;
        }
        int at = Arrays.mismatch(texts[tokens[i - 1]], texts[tokens[i]]);
        return at < 0 ? texts[tokens[i]].length : at;
    }

    private void link(byte[][] texts) {
        int[] path = new int[longest + 1];
        int depth = 0;
        int nodes = 0;
        for (int i = 0; i < tokens.length; i++) {
            byte[] text = texts[tokens[i]];
            int common = shared(texts, i);
            while (depth > common) {
                skips[path[depth--]] = nodes;
            }
            while (depth < text.length) {
                labels[nodes] = text[depth++];
                depths[nodes] = (byte) depth;
                firsts[nodes] = i;
                path[depth] = nodes++;
            }
        }
        while (depth > 0) {
            skips[path[depth--]] = nodes;
        }
        firsts[nodes] = tokens.length;
        Arrays.fill(beginnings, -2);
        for (int node = 0; node < nodes; node = skips[node]) {
            beginnings[labels[node] & 0xFF] = node;
        }
    }

    /// The child of a node by its byte, negative if there is none.
    int child(int node, int value) {
        if (node == ROOT) {
            return beginnings[value];
        }
        int end = skips[node];
        for (int child = node + 1; child < end; child = skips[child]) {
            if ((labels[child] & 0xFF) == value) {
                return child;
            }
        }
        return -2;
    }

    /// Whether a token ends at a node.
    boolean hasToken(int node) {
        return firsts[node] < firsts[node + 1];
    }

    int nodes() {
        return labels.length;
    }

    /// Words of a set of tokens.
    int words() {
        return (vocab + 63) / 64;
    }

    /// Bytes of the longest text.
    int longest() {
        return longest;
    }

    boolean isEnd(int token) {
        return (ends[token >> 6] >>> token & 1) != 0;
    }

    /// The tokens that end an answer.
    long[] ends() {
        return ends;
    }

    int length(int token) {
        return starts[token + 1] - starts[token];
    }

    byte at(int token, int index) {
        return bytes[starts[token] + index];
    }
}
