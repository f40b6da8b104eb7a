package io.peregrine.model.grammar;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Vocabularies made of texts, and what a grammar says to whole texts.
final class Bytes {

    private static final Map<Grammar, TokenMachine> MACHINES = new ConcurrentHashMap<>();

    private Bytes() {}

    /// A token for each byte, then these, then one that ends.
    static TokenTrie vocabulary(List<String> texts) {
        byte[][] bytes = new byte[256 + texts.size() + 1][];
        for (int value = 0; value < 256; value++) {
            bytes[value] = new byte[] {(byte) value};
        }
        for (int i = 0; i < texts.size(); i++) {
            bytes[256 + i] = texts.get(i).getBytes(StandardCharsets.UTF_8);
        }
        bytes[256 + texts.size()] = new byte[0];
        BitSet ends = new BitSet();
        ends.set(256 + texts.size());
        return new TokenTrie(bytes, ends);
    }

    static GrammarWalk walk(Grammar grammar, String... texts) {
        return new GrammarWalk(new TokenMachine(grammar.program(), vocabulary(List.of(texts))));
    }

    /// Whether a text follows a grammar to its end.
    static boolean matches(Grammar grammar, String text) {
        return matches(grammar, text.getBytes(StandardCharsets.UTF_8));
    }

    static boolean matches(Grammar grammar, byte[] text) {
        GrammarWalk walk = new GrammarWalk(MACHINES.computeIfAbsent(
                grammar, any -> new TokenMachine(any.program(), vocabulary(List.of()))));
        for (byte value : text) {
            if (!walk.allows(value & 0xFF, Integer.MAX_VALUE)) {
                return false;
            }
            walk.accept(value & 0xFF);
        }
        return walk.mayEnd();
    }
}
