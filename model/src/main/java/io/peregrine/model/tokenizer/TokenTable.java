package io.peregrine.model.tokenizer;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/// The texts of all tokens, packed into one array, and the way back from a text to its token.
///
/// The hash is seeded per process: no file can be made so that its texts collide. Immutable.
final class TokenTable {

    private static final int LIMIT_TOKENS = 1 << 22;
    private static final long SEED = new SplittableRandom().nextLong();

    /// Texts one after the other; text `i` is `bytes[starts[i], starts[i + 1])`.
    private final byte[] bytes;

    private final int[] starts;

    /// Token + 1 by hash, 0 where free.
    private final int[] slots;

    private final int longest;

    private TokenTable(byte[] bytes, int[] starts, int[] slots, int longest) {
        this.bytes = bytes;
        this.starts = starts;
        this.slots = slots;
        this.longest = longest;
    }

    /// Reads the tokens of a file.
    ///
    /// @throws ModelFormatException if there are none, or two have the same text
    /// @throws ResourceLimitException if there are more than any model has
    static TokenTable read(Metadata metadata) {
        int size = metadata.countStrings(Keys.TOKENS);
        if (size <= 0) {
            throw new ModelFormatException(
                    metadata.file(), "key " + Keys.TOKENS, size < 0 ? "nothing" : "no tokens", "the tokens", "");
        }
        if (size > LIMIT_TOKENS) {
            throw new ResourceLimitException(
                    metadata.file() + ": key " + Keys.TOKENS,
                    size + " tokens",
                    LIMIT_TOKENS + " tokens",
                    "no known model has a vocabulary of that size, check where the file comes from");
        }
        Packing packing = new Packing(size);
        metadata.eachString(Keys.TOKENS, packing::add);
        int[] slots = new int[Integer.highestOneBit(2 * Math.max(2, size) - 1) << 1];
        TokenTable table = new TokenTable(packing.bytes(), packing.starts, slots, packing.longest);
        for (int i = 0; i < size; i++) {
            table.enter(metadata.file(), i);
        }
        return table;
    }

    /// Texts on their way into one array.
    private static final class Packing {
        private final int[] starts;
        private byte[] bytes;
        private int size;
        private int longest;

        Packing(int texts) {
            starts = new int[texts + 1];
            bytes = new byte[texts * 8 + 64];
        }

        void add(String text) {
            byte[] added = Utf8.bytes(text);
            int end = Math.addExact(starts[size], added.length);
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(end, bytes.length * 2L)));
            }
            System.arraycopy(added, 0, bytes, starts[size], added.length);
            starts[++size] = end;
            longest = Math.max(longest, added.length);
        }

        byte[] bytes() {
            return Arrays.copyOf(bytes, starts[size]);
        }
    }

    private void enter(String file, int token) {
        if (length(token) == 0) {
            return;
        }
        int slot = slot(hash(bytes, starts[token], starts[token + 1]));
        while (slots[slot] != 0) {
            int other = slots[slot] - 1;
            if (isText(other, bytes, starts[token], starts[token + 1])) {
                throw new ModelFormatException(
                        file,
                        "key " + Keys.TOKENS + ", token " + token,
                        "the text of token " + other + ", " + Quote.of(text(token)),
                        "a text of its own",
                        "");
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = token + 1;
    }

    int size() {
        return starts.length - 1;
    }

    /// Bytes of the longest text.
    int longest() {
        return longest;
    }

    int length(int token) {
        return starts[token + 1] - starts[token];
    }

    byte[] bytes(int token) {
        return Arrays.copyOfRange(bytes, starts[token], starts[token + 1]);
    }

    String text(int token) {
        return new String(bytes, starts[token], length(token), StandardCharsets.UTF_8);
    }

    /// The token with the text `text[from, to)`, or -1.
    int find(byte[] text, int from, int to) {
        if (to - from > longest) {
            return -1;
        }
        return find(hash(text, from, to), text, from, to);
    }

    private int find(long hash, byte[] text, int from, int to) {
        for (int slot = slot(hash); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            int token = slots[slot] - 1;
            if (isText(token, text, from, to)) {
                return token;
            }
        }
        return -1;
    }

    /// The token with the longest text that `text[from, to)` begins with, or -1.
    int longestPrefix(byte[] text, int from, int to) {
        int found = -1;
        long hash = SEED;
        for (int end = from + 1; end <= to && end - from <= longest; end++) {
            hash = mixed(hash, text[end - 1]);
            int token = find(hash, text, from, end);
            found = token >= 0 ? token : found;
        }
        return found;
    }

    int find(String text) {
        byte[] wanted = Utf8.bytes(text);
        return find(wanted, 0, wanted.length);
    }

    private boolean isText(int token, byte[] text, int from, int to) {
        return Arrays.equals(bytes, starts[token], starts[token + 1], text, from, to);
    }

    private static long hash(byte[] text, int from, int to) {
        long hash = SEED;
        for (int i = from; i < to; i++) {
            hash = mixed(hash, text[i]);
        }
        return hash;
    }

    private static long mixed(long hash, byte next) {
        long mixed = (hash ^ next) * 0x9E3779B97F4A7C15L;
        return mixed ^ mixed >>> 29;
    }

    private int slot(long hash) {
        return (int) (hash ^ hash >>> 32) & slots.length - 1;
    }
}
