package io.peregrine.model.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrammarTest {

    private static void check(String gbnf, List<String> in, List<String> out) {
        Grammar grammar = Grammar.parse(gbnf);
        for (String text : in) {
            assertTrue(Bytes.matches(grammar, text), () -> "refused: " + text);
        }
        for (String text : out) {
            assertFalse(Bytes.matches(grammar, text), () -> "accepted: " + text);
        }
    }

    @Test
    void texts_followEachOther() {
        check("root ::= \"ab\" \"c\"", List.of("abc"), List.of("", "ab", "abcc", "abd"));
    }

    @Test
    void alternatives() {
        check("root ::= \"a\" | \"bc\" |\n  \"\"", List.of("a", "bc", ""), List.of("b", "ab", "c"));
    }

    @Test
    void groups_maySpanLines() {
        check("root ::= (\n\"a\" # first\n| \"b\"\n) \"c\"", List.of("ac", "bc"), List.of("a", "abc"));
    }

    @Test
    void classes() {
        check("root ::= [a-cX-] [^0-9\\]]", List.of("a]".replace("]", "["), "-x", "Xé", "c\n"), List.of("d]", "a5", "a]"));
    }

    @Test
    void anyCharacter_isWholeCharacters() {
        check("root ::= . .", List.of("ab", "é€", "😀\n"), List.of("a", "é", "abc"));
        Grammar grammar = Grammar.parse("root ::= .");
        assertFalse(Bytes.matches(grammar, new byte[] {(byte) 0xC0, (byte) 0x80}), "overlong");
        assertFalse(Bytes.matches(grammar, new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}), "surrogate");
        assertFalse(Bytes.matches(grammar, new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80}), "beyond");
        assertFalse(Bytes.matches(grammar, new byte[] {(byte) 0x80}), "continuation");
    }

    @Test
    void classes_coverExactlyTheirCharacters() {
        Grammar grammar = Grammar.parse("root ::= [\\x41-\\u0101\\u07F0-\\u0810\\uFFF0-\\U00010010\\U0010FFF0-\\U0010FFFF]");
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x900 || c > 0xFF00 && c < 0x10100 || c > 0x10FF00 ? 1 : 97) {
            boolean in = c >= 0x41 && c <= 0x101
                    || c >= 0x7F0 && c <= 0x810
                    || c >= 0xFFF0 && c <= 0x10010
                    || c >= 0x10FFF0;
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                assertEquals(in, Bytes.matches(grammar, Character.toString(c)), "U+" + Integer.toHexString(c));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"*,0,9", "+,1,9", "?,0,1", "{3},3,3", "'{2,}',2,9", "'{2,5}',2,5", "'{0,3}',0,3", "'{ 1 , 2 }',1,2", "{0},0,0"})
    void repetitions(String notation, int min, int max) {
        Grammar one = Grammar.parse("root ::= \"a\"" + notation);
        Grammar group = Grammar.parse("root ::= (\"a\" | \"bc\")" + notation + " \"d\"");
        for (int times = 0; times < 9; times++) {
            boolean in = times >= min && times <= max;
            assertEquals(in, Bytes.matches(one, "a".repeat(times)), "a times " + times);
            assertEquals(in, Bytes.matches(group, "bc".repeat(times) + "d"), "bc times " + times);
        }
    }

    @Test
    void repetitions_withinEachOther() {
        Grammar grammar = Grammar.parse("root ::= (\"a\"{2,3} \"b\"){2} (\"x\"{0,2}){3}");
        assertTrue(Bytes.matches(grammar, "aabaaab"));
        assertTrue(Bytes.matches(grammar, "aabaaabxxxxxx"));
        assertFalse(Bytes.matches(grammar, "aabaaabxxxxxxx"));
        assertFalse(Bytes.matches(grammar, "aabab"));
        assertFalse(Bytes.matches(grammar, "aab"));
        check("root ::= (\"a\"* \"b\"?)*", List.of("", "aab", "bbbaab"), List.of("c"));
        check("root ::= (\"a\"?){2,4} \"b\"", List.of("b", "aab", "aaaab"), List.of("aaaaab"));
        check("root ::= \"a\"{2}{3}", List.of("aaaaaa"), List.of("aaaa", "aaaaa", "aaaaaaa"));
    }

    @Test
    void recursion() {
        check(
                "root ::= value\nvalue ::= \"(\" value* \")\" | \"x\"",
                List.of("x", "()", "((x)x())"),
                List.of("(", "(()", ")"));
    }

    @Test
    void escapes() {
        check(
                "root ::= \"\\x41\\u00e9\\U0001F600\\t\\r\\n\\\\\\\"\\[\\]\" [\\]\\\\]",
                List.of("Aé😀\t\r\n\\\"[]]", "Aé😀\t\r\n\\\"[]\\"),
                List.of("A"));
    }

    @Test
    void comments_andWindowsLines() {
        check("# all\r\nroot ::= a # one\r\n\r\na ::= \"x\"\r\n", List.of("x"), List.of("xx"));
    }

    @Test
    void equalSources_areEqual() {
        assertEquals(Grammar.parse("root ::= \"a\""), Grammar.parse("root ::= \"a\""));
        assertNotEquals(Grammar.parse("root ::= \"a\""), Grammar.parse("other", "root ::= \"a\""));
        assertEquals(
                Grammar.parse("root ::= \"a\"").hashCode(),
                Grammar.parse("root ::= \"a\"").hashCode());
        assertNotEquals(Grammar.parse("root ::= \"a\""), Grammar.parse("root ::= \"b\""));
    }
}
