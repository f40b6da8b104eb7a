package io.peregrine.model.grammar;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The grammar of JSON objects against documents that are valid, and that look so. Single quotes stand for double
/// ones.
class JsonGrammarTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}", "{ }", "{\n}", "{'a':1}", "{'a': 1, 'b': 2}", "{'a':[]}", "{'a':[ ]}", "{'a':{}}",
                "{'':''}", "{'a':[1,2,3]}", "{'a':[ 1 , 2 ]}", "{'a':[[[[]]]]}", "{'a':true,'b':false,'c':null}",
                "{'a':0,'b':-0,'c':-1,'d':10,'e':1.5,'f':-0.25,'g':1e5,'h':1E+5,'i':2.5e-07}",
                "{'a':'\\' \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uD83E\\uDD85'}", "{'é€😀':'é€😀'}",
                "{'a':'\u007F'}", "{'a':1,'a':2}", "{\n  'a': [\n    1,\n    2\n  ],\n  'b': {\n    'c': null\n  }\n}",
                "{'a':123456789012345.123456789012345}", "{'a':'null'}", "{'{':'}'}"
            })
    void valid(String text) {
        assertTrue(Bytes.matches(Grammar.json(), quoted(text)), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "{", "}", "[]", "1", "'a'", "null", "{}{}", "{},", " {}", "{} ", "{'a'}", "{'a':}", "{:1}",
                "{'a':1,}", "{,}", "{'a':1 'b':2}", "{'a':1;'b':2}", "{a:1}", "{1:1}", "{null:1}", "{'a':[1,]}",
                "{'a':[,1]}", "{'a':[1 2]}", "{'a':[1}", "{'a':{]}", "{'a':01}", "{'a':+1}", "{'a':.5}", "{'a':1.}",
                "{'a':1e}", "{'a':1e+}", "{'a':--1}", "{'a':- 1}", "{'a':0x1}", "{'a':NaN}", "{'a':Infinity}",
                "{'a':True}", "{'a':nul}", "{'a':'}", "{'a':'\\x'}", "{'a':'\\u12'}", "{'a':'\\u12G4'}",
                "{'a':'\n'}", "{'a':'\t'}", "{'a':'\u0000'}", "{'a':'\\uD800'}", "{'a':'\\uDC00'}",
                "{'a':'\\uD800\\u0041'}", "{'a':/*c*/1}", "{'a':1//c\n}", "{'a':1}}", "{'a':(1)}", "\uFEFF{}",
                "{'a':1\u00A0}", "{'a':1234567890123456}", "{'a':1e100}", "{   'a':1}"
            })
    void invalidOrTooMuch(String text) {
        assertFalse(Bytes.matches(Grammar.json(), quoted(text)), text);
    }

    private static String quoted(String text) {
        return text.replace("\\'", "\\\u0001").replace('\'', '"').replace('\u0001', '"');
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0xC0, 0xC1, 0xF5, 0xFF})
    void bytesThatAreNoCharacters_areRefused(int value) {
        byte[] text = "{\"a\":\"?\"}".getBytes(StandardCharsets.US_ASCII);
        text[6] = (byte) value;
        assertFalse(Bytes.matches(Grammar.json(), text));
    }
}
