package io.peregrine.model.tokenizer;

import io.peregrine.core.ResourceLimitException;
import java.util.Arrays;

/// Finds special tokens in a text: a trie over the bytes of the texts of all control, unknown and
/// user-defined tokens. Immutable.
///
/// At each place the longest token wins, as in the original tokenizers. llama.cpp looks for the longest token
/// in the whole text first; the two differ only where texts of special tokens overlap.
final class SpecialTokens {

    /// Bounds the work per character of a text.
    private static final int LIMIT_BYTES = 1024;

    /// Bounds the trie.
    private static final int LIMIT_TOTAL_BYTES = 1 << 22;

    private static final int ROOT = 0;

    private final Vocabulary vocabulary;

    /// Node by node and byte.
    private final LongIntMap children;

    /// Token by node, negative where none ends.
    private final int[] ends;

    private final boolean[] begins = new boolean[256];

    SpecialTokens(String file, Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        int total = 0;
        for (int token = 0; token < vocabulary.size(); token++) {
            if (isSpecial(vocabulary, token)) {
                int length = vocabulary.bytes(token).length;
                total += length;
                limit(file, "the text of the special token " + token, length, LIMIT_BYTES);
                limit(file, "the texts of the special tokens", total, LIMIT_TOTAL_BYTES);
            }
        }
        this.children = new LongIntMap(total);
        this.ends = new int[total + 1];
        Arrays.fill(ends, Vocabulary.NONE);
        int nodes = 1;
        for (int token = 0; token < vocabulary.size(); token++) {
            if (isSpecial(vocabulary, token)) {
                nodes = enter(token, nodes);
            }
        }
    }

    private static void limit(String file, String what, int bytes, int limit) {
        if (bytes > limit) {
            throw new ResourceLimitException(
                    file + ": " + what,
                    bytes + " bytes",
                    limit + " bytes",
                    "no known model has one of that size, check where the file comes from");
        }
    }

    private static boolean isSpecial(Vocabulary vocabulary, int token) {
        TokenKind kind = vocabulary.kind(token);
        return kind == TokenKind.CONTROL || kind == TokenKind.UNKNOWN || kind == TokenKind.USER_DEFINED;
    }

    private int enter(int token, int nodes) {
        int node = ROOT;
        int count = nodes;
        byte[] text = vocabulary.bytes(token);
        for (byte b : text) {
            int child = children.get(key(node, b));
            if (child < 0) {
                child = count++;
                children.putIfAbsent(key(node, b), child);
            }
            node = child;
        }
        if (text.length > 0) {
            begins[text[0] & 0xFF] = true;
            ends[node] = token;
        }
        return count;
    }

    /// The longest special token that begins at `at`, or [Vocabulary#NONE].
    ///
    /// @param end the end of the text
    /// @param trusted the end of the part from `at` on in which control tokens count
    /// @param markers whether user-defined tokens that look like markers count everywhere
    int longest(byte[] text, int at, int end, int trusted, boolean markers) {
        int found = Vocabulary.NONE;
        if (!begins[text[at] & 0xFF]) {
            return found;
        }
        int node = ROOT;
        for (int i = at; i < end; i++) {
            node = children.get(key(node, text[i]));
            if (node < 0) {
                break;
            }
            int token = ends[node];
            if (token >= 0 && (i < trusted || isText(token, markers))) {
                found = token;
            }
        }
        return found;
    }

    /// Whether a special token counts in text that is not trusted.
    private boolean isText(int token, boolean markers) {
        return vocabulary.kind(token) == TokenKind.USER_DEFINED
                && (markers || vocabulary.isMarkup(token) || !isMarker(vocabulary.text(token)));
    }

    /// Whether a text has brackets around it, as role and image markers do.
    static boolean isMarker(String text) {
        return text.startsWith("<") && text.endsWith(">") || text.startsWith("[") && text.endsWith("]");
    }

    private static long key(int node, byte b) {
        return (long) node << 8 | b & 0xFF;
    }
}
