package io.peregrine.model.grammar;

import io.peregrine.model.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Grammars over one vocabulary. What has been found out about the last ones is kept, so that the same grammar asked
/// for again costs nothing. Safe for any thread.
public final class TokenGrammars {

    private static final int KEPT = 8;

    private final Tokenizer tokenizer;
    private final Map<Grammar, TokenMachine> machines = new LinkedHashMap<>(16, 0.75f, true);

    /// Made when the first grammar is asked for.
    private @Nullable TokenTrie trie;

    public TokenGrammars(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// Begins an answer.
    ///
    /// @throws io.peregrine.core.ResourceLimitException if vocabulary or grammar are too large for it
    public synchronized GrammarWalk begin(Grammar grammar) {
        TokenMachine machine = machines.get(grammar);
        if (machine == null) {
            if (trie == null) {
                trie = TokenTrie.of(tokenizer);
            }
            machine = new TokenMachine(grammar.program(), trie);
            machines.put(grammar, machine);
            if (machines.size() > KEPT) {
                machines.remove(machines.keySet().iterator().next());
            }
        }
        return new GrammarWalk(machine);
    }
}
