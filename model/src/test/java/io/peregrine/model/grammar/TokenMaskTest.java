package io.peregrine.model.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets of allowed tokens against what each token does by itself, on the vocabularies of toy models.
class TokenMaskTest {

    private static final String COUNTED = "root ::= \"<\" ([a-e]{3,300} | \"é\"{2,} \"x\"?)* (\"🦅\" | [^<a-z]{1,40}){2} \">\"";

    private static Tokenizer tokenizer(String fixture) {
        try (GgufFile file = GgufFile.open(Path.of("src/test/resources/fixtures/" + fixture + "/model.gguf"))) {
            return Tokenizer.of(file.metadata());
        }
    }

    private static boolean has(long[] set, int token) {
        return (set[token >> 6] >>> token & 1) != 0;
    }

    /// Follows the steps of a grammar byte by byte, with plain lists of stacks, remembering nothing.
    private static final class Reader {

        private final Program program;
        private final Costs costs;

        Reader(Program program) {
            this.program = program;
            this.costs = Costs.ofBytes(program);
        }

        /// What may be open at the beginning.
        List<Frame> start() {
            List<Frame> tops = new ArrayList<>();
            close(program.start(), null, tops, new boolean[1]);
            return tops;
        }

        /// What may be open behind further bytes; null if they may not come.
        @Nullable
        List<Frame> after(List<Frame> before, byte[] text) {
            List<Frame> tops = before;
            boolean[] end = new boolean[1];
            for (byte value : text) {
                List<Frame> next = new ArrayList<>();
                end[0] = false;
                for (Frame top : tops) {
                    int target = ((Step.Take) program.step(top.place())).target(value & 0xFF);
                    if (target >= 0) {
                        close(target, top.below(), next, end);
                    }
                }
                tops = next;
            }
            return !tops.isEmpty() || end[0] ? tops : null;
        }

        private void close(int place, @Nullable Frame below, List<Frame> tops, boolean[] end) {
            switch (program.step(place)) {
                case Step.Take _ -> {
                    Frame top = new Frame(program, costs, place, Frame.NO_LOOP, below);
                    if (!tops.contains(top)) {
                        tops.add(top);
                    }
                }
                case Step.Fork fork -> {
                    for (int target : fork.targets()) {
                        close(target, below, tops, end);
                    }
                }
                case Step.Call call ->
                    close(
                            program.entry(call.rule()),
                            new Frame(program, costs, call.next(), Frame.NO_LOOP, below),
                            tops,
                            end);
                case Step.Enter enter ->
                    close(
                            ((Step.Loop) program.step(enter.loop())).body(),
                            new Frame(program, costs, enter.loop(), 0, below),
                            tops,
                            end);
                case Step.Loop loop -> {
                    int count = Objects.requireNonNull(below).count() + 1;
                    if (count < loop.max()) {
                        close(loop.body(), new Frame(program, costs, place, count, below.below()), tops, end);
                    }
                    if (count >= loop.min()) {
                        close(loop.next(), below.below(), tops, end);
                    }
                }
                case Step.Return _ -> {
                    if (below == null) {
                        end[0] = true;
                    } else {
                        close(below.place(), below.below(), tops, end);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text_llama_spm", "text_llama_bpe3"})
    void masks_areWhatEachTokenDoesByItself(String fixture) {
        Tokenizer tokenizer = tokenizer(fixture);
        TokenGrammars grammars = new TokenGrammars(tokenizer);
        Random random = new Random(5);
        int partial = 0;
        for (Grammar grammar : List.of(Grammar.json(), Grammar.parse(COUNTED))) {
            Reader reader = new Reader(grammar.program());
            for (int answer = 0; answer < 4; answer++) {
                GrammarWalk walk = grammars.begin(grammar);
                ByteArrayOutputStream text = new ByteArrayOutputStream();
                List<Frame> tops = reader.start();
                for (int step = 0; step < 14 && !walk.mustEnd(); step++) {
                    long[] allowed = walk.allowed();
                    List<Integer> tokens = new ArrayList<>();
                    for (int token = 0; token < tokenizer.vocabulary().size(); token++) {
                        byte[] bytes = tokenizer.bytes(token);
                        boolean expected = tokenizer.vocabulary().isEndOfGeneration(token)
                                ? walk.mayEnd()
                                : tokenizer.isText(token) && bytes.length > 0 && reader.after(tops, bytes) != null;
                        assertEquals(expected, has(allowed, token), text + " + " + tokenizer.vocabulary().text(token));
                        assertEquals(expected, walk.allows(token, Integer.MAX_VALUE));
                        if (expected && !tokenizer.vocabulary().isEndOfGeneration(token)) {
                            tokens.add(token);
                        }
                    }
                    int token = tokens.get(random.nextInt(tokens.size()));
                    walk.accept(token);
                    text.writeBytes(tokenizer.bytes(token));
                    tops = Objects.requireNonNull(reader.after(tops, tokenizer.bytes(token)));
                    partial += text.toString(StandardCharsets.UTF_8).endsWith("\uFFFD") ? 1 : 0;
                }
            }
        }
        assertTrue(partial > 0, "no token ended within a character");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text_llama_spm", "text_llama_bpe3"})
    void fewTokensLeft_leaveOnlyThoseThatCanEndInTime(String fixture) {
        Tokenizer tokenizer = tokenizer(fixture);
        TokenGrammars grammars = new TokenGrammars(tokenizer);
        Random random = new Random(6);
        for (int answer = 0; answer < 60; answer++) {
            GrammarWalk walk = grammars.begin(answer % 2 == 0 ? Grammar.json() : Grammar.parse(COUNTED));
            int most = 10 + random.nextInt(30);
            walk.checkRoom(most);
            for (int left = most; left > 0 && !walk.mustEnd(); left--) {
                long[] allowed = walk.allowed(left);
                List<Integer> tokens = new ArrayList<>();
                for (int token = 0; token < tokenizer.vocabulary().size(); token++) {
                    assertEquals(walk.allows(token, left), has(allowed, token));
                    if (has(allowed, token) && !tokenizer.vocabulary().isEndOfGeneration(token)) {
                        tokens.add(token);
                    }
                }
                if (tokens.isEmpty()) {
                    assertTrue(walk.mayEnd());
                    break;
                }
                walk.accept(tokens.get(random.nextInt(tokens.size())));
            }
            assertTrue(walk.mayEnd(), "not ended after " + most);
        }
    }

    @Test
    void fixedTexts_costAsManyTokensAsTheyTake() {
        Grammar grammar = Grammar.parse("yes", "root ::= \"{\\\"name\\\":\" [0-9] \"}\"");
        GrammarWalk walk = Bytes.walk(grammar, "{\"", "name", "\":", "e\":");
        walk.checkRoom(5);
        GrammarException error = assertThrows(GrammarException.class, () -> walk.checkRoom(4));
        assertEquals(
                "yes: found room for an answer of 4 tokens, expected at least 5, which the shortest text that it allows"
                        + " takes; allow more tokens, or a longer context",
                error.getMessage());
    }

    @Test
    void vocabularyWithoutTheBytes_isStuckAndSaysSo() {
        byte[][] texts = {{'a'}, {'b', 'c'}, {}};
        BitSet ends = new BitSet();
        ends.set(2);
        GrammarWalk walk = new GrammarWalk(
                new TokenMachine(Grammar.parse("g", "root ::= \"ab\"").program(), new TokenTrie(texts, ends)));
        walk.checkRoom(1);
        assertTrue(walk.allows(0, 1));
        walk.accept(0);
        assertFalse(has(walk.allowed(9), 0) || has(walk.allowed(9), 1) || has(walk.allowed(9), 2));
        assertFalse(walk.mayEnd());
        assertEquals(
                "g: found no token in the model's vocabulary that may come next, nor may the text end here",
                walk.stuck().getMessage());
        assertEquals(
                "token 1: the grammar does not allow it here",
                assertThrows(IllegalArgumentException.class, () -> walk.accept(1)).getMessage());
    }

    @Test
    void endingTokens_areAllowedWhereTheTextMayEnd() {
        GrammarWalk walk = Bytes.walk(Grammar.parse("root ::= \"a\"+"));
        assertFalse(has(walk.allowed(9), 256));
        walk.accept('a');
        assertTrue(has(walk.allowed(9), 256));
        assertTrue(has(walk.allowed(9), 'a'));
        assertFalse(has(walk.allowed(9), 'b'));
        walk.accept(256);
        assertFalse(walk.mustEnd());
    }

    @Test
    void nesting_isBounded() {
        GrammarWalk walk = Bytes.walk(Grammar.json());
        for (char c : "{\"a\":".toCharArray()) {
            walk.accept(c);
        }
        int depth = 0;
        while (walk.allows('[', Integer.MAX_VALUE)) {
            walk.accept('[');
            depth++;
        }
        assertTrue(depth > 100 && depth < 512, "levels: " + depth);
        assertTrue(walk.allows('1', Integer.MAX_VALUE));
        for (int i = 0; i < depth; i++) {
            walk.accept(']');
        }
        walk.accept('}');
        assertTrue(walk.mustEnd());
    }

    @Test
    void ambiguityBeyondBounds_isALimit() {
        StringBuilder gbnf = new StringBuilder("root ::= a0\n");
        for (int i = 0; i < 14; i++) {
            gbnf.append("a%d ::= a%d \"x\" | a%d \"y\"%n".formatted(i, i + 1, i + 1));
        }
        Grammar grammar = Grammar.parse("wild", gbnf + "a14 ::= \"z\"");
        ResourceLimitException error = assertThrows(ResourceLimitException.class, () -> Bytes.walk(grammar));
        assertEquals(
                "wild: ways in which the text so far can be read: more than 1024 exceeds the limit of 1024; write the"
                        + " grammar so that what comes next tells its alternatives apart",
                error.getMessage());
    }

    @Test
    void neededNestingBeyondBounds_isALimit() {
        StringBuilder gbnf = new StringBuilder("root ::= a0\n");
        for (int i = 0; i < 600; i++) {
            gbnf.append("a%d ::= \"(\" a%d \")\"%n".formatted(i, i + 1));
        }
        Grammar grammar = Grammar.parse("deep", gbnf + "a600 ::= \"z\"");
        ResourceLimitException error = assertThrows(ResourceLimitException.class, () -> Bytes.walk(grammar));
        assertEquals(
                "deep: the shortest text: more than 512 rules within each other exceeds the limit of 512 rules; write a"
                        + " grammar with fewer levels",
                error.getMessage());
    }

    @Test
    void manyStates_areForgottenAndMadeAgain() {
        Grammar grammar = Grammar.parse("root ::= ([ab]{1,900} \"-\"){1,900}");
        GrammarWalk walk = Bytes.walk(grammar, "ab", "ba", "abab");
        Random random = new Random(3);
        for (int i = 0; i < 150_000; i++) {
            boolean next = walk.allows('-', Integer.MAX_VALUE) && random.nextInt(250) == 0
                    || !walk.allows('a', Integer.MAX_VALUE);
            int token = next ? '-' : 'a' + random.nextInt(2);
            assertTrue(walk.allows(token, Integer.MAX_VALUE), "step " + i);
            walk.accept(token);
        }
        assertTrue(has(walk.allowed(), 'a'));
    }
}
