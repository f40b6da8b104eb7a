package io.peregrine.cli.fuzz;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.grammar.GrammarWalk;
import io.peregrine.model.grammar.TokenGrammars;
import io.peregrine.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Grammars in GBNF: read, and walked for some tokens by choosing any that is allowed. An answer that a grammar has
/// let begin must be able to end within the tokens that it was given.
final class GrammarTarget implements Target {

    private static final String NAME = "grammar";

    /// Tokens of a walk.
    private static final int ROOM = 24;

    private static final List<String> PIECES = List.of(
            "root", "::=", "|", "(", ")", "*", "+", "?", "{2}", "{1,}", "{0,3}", "{,2}", "{99999999999}", "\"", "\"a\"",
            "[a-z]", "[^\"]", "[", "]", "-", "\\n", "\\x41", "\\u00e9", "\\U0010FFFF", "\\", ".", "#", "\n", " ", "a",
            "a ::= \"b\"\n", "\nroot ::= a", "<think>", "é", "😀", "\uD800", "0", "root root", "(root)", "\"\"");

    private static final List<String> GRAMMARS = List.of(
            "root ::= \"yes\" | \"no\"",
            "root ::= item (\",\" item)*\nitem ::= [0-9]{1,3}",
            "root ::= \"{\" ws pair (\",\" ws pair)* \"}\"\npair ::= str \":\" ws str\nstr ::= \"\\\"\" [^\"\\\\]* \"\\\"\"\nws ::= [ \\n]?",
            "# names\nroot ::= (\"a\" | \"b\")+ . c?\nc ::= \"(\" root \")\" | [^a-c]",
            "root ::= e\ne ::= t ((\"+\" | \"-\") t)*\nt ::= [a-z]+ | \"(\" e \")\"");

    private final Tokenizer tokenizer;
    private final List<byte[]> seeds = GRAMMARS.stream().map(Target::bytes).toList();

    GrammarTarget() {
        try (GgufFile file = GgufFile.open(Fixtures.toy("text_llama_spm/model.gguf"))) {
            tokenizer = Tokenizer.of(file.metadata());
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        try {
            walk(new TokenGrammars(tokenizer).begin(Grammar.parse(NAME, Target.text(input))), Arrays.hashCode(input));
            return true;
        } catch (PeregrineException e) {
            return Refusal.checked(e, NAME);
        }
    }

    private static void walk(GrammarWalk walk, long seed) {
        walk.checkRoom(ROOM);
        SplittableRandom random = new SplittableRandom(seed);
        for (int left = ROOM; left > 0 && !walk.mustEnd(); left--) {
            int token = any(walk.allowed(left), random);
            if (token < 0) {
                if (!walk.mayEnd()) {
                    throw walk.stuck();
                }
                return;
            }
            if (!walk.allows(token, left)) {
                throw new AssertionError("token " + token + " is in the set of those allowed, but is not allowed");
            }
            walk.accept(token);
        }
    }

    /// One of a set of tokens, or -1.
    private static int any(long[] set, SplittableRandom random) {
        int count = Arrays.stream(set).mapToInt(Long::bitCount).sum();
        if (count == 0) {
            return -1;
        }
        int skip = random.nextInt(count);
        for (int word = 0; ; word++) {
            long bits = set[word];
            if (skip < Long.bitCount(bits)) {
                for (; skip > 0; skip--) {
                    bits &= bits - 1;
                }
                return 64 * word + Long.numberOfTrailingZeros(bits);
            }
            skip -= Long.bitCount(bits);
        }
    }

    @Override
    public long allowedBytes(int length) {
        return 64 << 20;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        return Target.bytes(Damage.text(Target.text(seed), PIECES, random));
    }
}
