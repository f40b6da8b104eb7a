package io.peregrine.model.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What is said of texts that are no grammars.
class GbnfErrorsTest {

    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("", "g: found no rule root, expected one: it says what the whole text is"),
                Arguments.of("a ::= \"x\"", "g: found no rule root, expected one: it says what the whole text is"),
                Arguments.of(
                        "root ::= \"x\"\n= y", "g: line 2, column 1: found =, expected the name of a rule"),
                Arguments.of("root = x", "g: line 1, column 6: found =, expected ::= behind the name root"),
                Arguments.of(
                        "root ::= \"x\" ) \"y\"",
                        "g: line 1, column 14: found ), expected the end of the line or another part of the rule root"),
                Arguments.of(
                        "root ::= \"x\"\nroot ::= \"y\"",
                        "g: line 2, column 1: found the rule root a second time, expected one definition of each rule"),
                Arguments.of(
                        "root ::= \"x\" other",
                        "g: line 1, column 14: found the rule other, which is not defined; expected other ::= ..."
                                + " somewhere"),
                Arguments.of(
                        "root ::= \"x",
                        "g: line 1, column 12: found the end of the text, expected the \" for the one in line 1, column"
                                + " 10"),
                Arguments.of(
                        "root ::=\n  [a-z",
                        "g: line 2, column 7: found the end of the text, expected the ] for the [ in line 2, column 3"),
                Arguments.of(
                        "root ::= (\"x\"",
                        "g: line 1, column 14: found the end of the text, expected the ) for the ( in line 1, column"
                                + " 10"),
                Arguments.of(
                        "root ::= []", "g: line 1, column 10: found [], which no character is in; expected one"),
                Arguments.of(
                        "root ::= [z-a]",
                        "g: line 1, column 11: found the range z-a, expected the character with the smaller number"
                                + " first"),
                Arguments.of(
                        "root ::= \"\\q\"",
                        "g: line 1, column 11: found \\ and q, expected one of \\x, \\u, \\U, \\t, \\r, \\n, \\\\, \\\","
                                + " \\[, \\]"),
                Arguments.of(
                        "root ::= \"\\x4g\"",
                        "g: line 1, column 14: found g, expected 2 hexadecimal digits behind \\x"),
                Arguments.of(
                        "root ::= \"\\U00110000\"",
                        "g: line 1, column 11: found \\U00110000, expected at most \\U0010FFFF"),
                Arguments.of(
                        "root ::= \"\\uD800\"",
                        "g: line 1, column 11: found U+D800, half of a character, expected a whole one"),
                Arguments.of(
                        "root ::= * \"x\"",
                        "g: line 1, column 10: found *, expected something in front of it to repeat"),
                Arguments.of(
                        "root ::= \"x\"{a}",
                        "g: line 1, column 14: found a, expected a number of times in a repetition such as {2,5}"),
                Arguments.of(
                        "root ::= \"x\"{2;3}",
                        "g: line 1, column 15: found ;, expected } or , in a repetition such as {2,5}"),
                Arguments.of(
                        "root ::= \"x\"{3,2}",
                        "g: line 1, column 13: found {3,2}, expected the smaller number first"),
                Arguments.of(
                        "root ::= <think> \"x\"",
                        "g: line 1, column 10: found <, expected characters or the name of a rule: tokens by name or"
                                + " number are not supported"),
                Arguments.of(
                        "root ::= root \"x\" | \"y\"",
                        "g: the rule root begins with itself (root -> root), expected something in front of it; write a"
                                + " list as item (\",\" item)*"),
                Arguments.of(
                        "root ::= a\na ::= b? \"x\"{0,3} c | \"y\"\nb ::= \"z\"\nc ::= a \"w\"",
                        "g: the rule a begins with itself (a -> c -> a), expected something in front of it; write a"
                                + " list as item (\",\" item)*"),
                Arguments.of(
                        "root ::= \"x\" root",
                        "g: the rule root never ends, expected a way through it that does not lead back into it"),
                Arguments.of(
                        "root ::= \"x\"{1000001}",
                        "g: line 1, column 14: a repetition: 1000001 times exceeds the limit of 1000000 times; leave the"
                                + " number out for any number of times"),
                Arguments.of(
                        "root ::= " + "(".repeat(65),
                        "g: line 1, column 74: parentheses within each other: 65 levels exceeds the limit of 64 levels;"
                                + " make rules of the inner ones"),
                Arguments.of(
                        "root ::= \"x\"" + "*".repeat(65),
                        "g: line 1, column 77: repetitions of each other: 65 levels exceeds the limit of 64 levels;"
                                + " make rules of the inner ones"),
                Arguments.of(
                        "root ::= \"" + "x".repeat(600_000) + "\"",
                        "g: the grammar: more than 524288 steps exceeds the limit of 524288 steps; write a shorter one"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void wholeMessages(String gbnf, String message) {
        assertEquals(
                message,
                assertThrows(PeregrineException.class, () -> Grammar.parse("g", gbnf)).getMessage());
    }

    @Test
    void place_isInTheException() {
        GrammarException error = assertThrows(GrammarException.class, () -> Grammar.parse("root ::=\n\n \"\\q\""));
        assertEquals(3, error.line());
        assertEquals(3, error.column());
        assertEquals(0, assertThrows(GrammarException.class, () -> Grammar.parse("")).line());
    }

    @Test
    void tooMuchText_isALimit() {
        String text = "root ::= \"x\"" + " ".repeat(4 << 20);
        assertEquals(
                "grammar: the text: " + text.length() + " characters exceeds the limit of 4194304 characters; write a"
                        + " shorter one",
                assertThrows(ResourceLimitException.class, () -> Grammar.parse(text)).getMessage());
        StringBuilder rules = new StringBuilder("root ::= \"x\"\n");
        for (int i = 0; i < 20_000; i++) {
            rules.append("r").append(i).append(" ::= \"x\"\n");
        }
        assertEquals(
                "grammar: rules: 20001 rules exceeds the limit of 20000 rules; write fewer of them",
                assertThrows(ResourceLimitException.class, () -> Grammar.parse(rules.toString()))
                        .getMessage());
    }

    @Test
    void longChains_areCheckedWithoutDeepCalls() {
        StringBuilder gbnf = new StringBuilder("root ::= r19997\n");
        for (int i = 19_997; i > 0; i--) {
            gbnf.append("r%d ::= r%d%n".formatted(i, i - 1));
        }
        assertTrue(Bytes.matches(Grammar.parse(gbnf + "r0 ::= \"x\""), "x"));
        GrammarException error = assertThrows(GrammarException.class, () -> Grammar.parse("g", gbnf + "r0 ::= r19997"));
        assertEquals(
                "g: the rule root never ends, expected a way through it that does not lead back into it",
                error.getMessage());
    }
}
