package io.peregrine.cli.serve.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Which bodies are JSON objects, and what is said about others.
class JsonBodyTest {

    private static ObjectNode parse(String body) {
        return JsonBody.parse(body.getBytes(StandardCharsets.UTF_8));
    }

    private static ApiException refused(byte[] body) {
        ApiException e = assertThrows(ApiException.class, () -> JsonBody.parse(body));
        assertEquals(400, e.status());
        assertEquals("invalid_request_error", e.type());
        return e;
    }

    @Test
    void object_isReadAsItIs() {
        String text = "{\"a\":[1,-2.5,1e3,true,null,{\"b\":\"\u00e9\\u0000\uD83D\uDE42\"}],\"c\":12345678901234567890}";
        assertEquals(
                "{\"a\":[1,-2.5,1000.0,true,null,{\"b\":\"\u00e9\\u0000\uD83D\uDE42\"}],\"c\":12345678901234567890}",
                parse(text).toString());
        assertEquals("{}", parse(" \n{ } \r\n").toString());
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                Arguments.of("", null, "the body is empty, expected a JSON object"),
                Arguments.of("  ", null, "the body is empty, expected a JSON object"),
                Arguments.of("[]", null, "the body is not a JSON object"),
                Arguments.of("7", null, "the body is not a JSON object"),
                Arguments.of("hello", null, "the body is not valid JSON (line 1, column 6)"),
                Arguments.of("\uFEFF{}", null, "the body is not valid JSON (line 1, column 2)"),
                Arguments.of("{\"a\":1", "a", "a: the body is not valid JSON (line 1, column 7)"),
                Arguments.of("{\"a\":1,}", "a", "a: the body is not valid JSON (line 1, column 9)"),
                Arguments.of("{'a':1}", null, "the body is not valid JSON (line 1, column 3)"),
                Arguments.of("{\"a\":1} x", null, "the body is not valid JSON (line 1, column 10)"),
                Arguments.of("{\"a\":1}{}", null, "the body goes on behind its JSON object (line 1, column 9)"),
                Arguments.of("{\"a\":01}", "a", "a: the body is not valid JSON (line 1, column 7)"),
                Arguments.of("{\"a\":[1,{\"b\":tru}]}", "a[1].b", "a[1].b: the body is not valid JSON (line 1, column 17)"),
                Arguments.of("{\"a\":\"\\x\"}", "a", "a: the body is not valid JSON (line 1, column 9)"),
                Arguments.of("{\"a\":\"\n\"}", "a", "a: the body is not valid JSON (line 1, column 8)"),
                Arguments.of("{\"a\":1,\"a\":2}", "a", "a: found twice in one object"),
                Arguments.of("{\"m\":[{},{\"x\":1,\"x\":1}]}", "m[1].x", "m[1].x: found twice in one object"),
                Arguments.of("{\"a\":\"\\ud83d\"}", "a", "a: half of a surrogate pair, which is no character"),
                Arguments.of("{\"a\":[\"\\ude42\\ud83d\"]}", "a[0]", "a[0]: half of a surrogate pair, which is no character"),
                Arguments.of("{\"a\":[NaN]}", "a[0]", "a[0]: found NaN, expected a finite number"),
                Arguments.of("{\"a\":{\"b\":-1e999}}", "a.b", "a.b: found -Infinity, expected a finite number"),
                Arguments.of("{\"a\":" + "9".repeat(1001) + "}", "a", "a: the body is not valid JSON (line 1, column 1007)"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void bad_isRefusedWithThePlace(String body, String param, String message) {
        ApiException e = refused(body.getBytes(StandardCharsets.UTF_8));
        assertEquals(message, e.getMessage());
        assertEquals(param, e.param());
    }

    @ParameterizedTest
    @DisplayName("46 unicode-torture")
    @MethodSource("badUtf8")
    void invalidUtf8_isRefused(String hex) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("{\"a\":\"".getBytes(StandardCharsets.UTF_8));
        body.writeBytes(HexFormat.of().parseHex(hex));
        body.writeBytes("\"}".getBytes(StandardCharsets.UTF_8));
        assertEquals("the body is not valid UTF-8", refused(body.toByteArray()).getMessage());
    }

    /// A lone continuation, a cut sequence, an overlong slash and NUL, a surrogate, beyond U+10FFFF, Latin-1.
    static Stream<String> badUtf8() {
        return Stream.of("80", "e282", "c0af", "c080", "eda080", "f4908080", "ff", "e9");
    }

    @Test
    void otherEncodings_areRefused() {
        assertEquals(
                "the body is not valid JSON (line 1, column 3)",
                refused("{}".getBytes(StandardCharsets.UTF_16LE)).getMessage());
    }

    @Test
    @DisplayName("59 json-depth")
    void depth_isLimited() {
        String deepest = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
        assertTrue(parse(deepest).get("a").isArray());
        String message = "the body has more than 64 levels of objects and arrays";
        assertEquals(message, refused(("{\"a\":" + "[".repeat(64)).getBytes(StandardCharsets.UTF_8)).getMessage());
        assertEquals(
                message,
                refused("{\"a\":".repeat(1_000_000).getBytes(StandardCharsets.UTF_8)).getMessage());
    }

    @Test
    void values_areCounted() {
        assertEquals(199_999, parse("{\"a\":[" + "0,".repeat(199_998) + "0]}").get("a").size());
        String message = "the body has more than 200000 values";
        assertEquals(message, refused(("{\"a\":[" + "{},".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8)).getMessage());
    }

    @Test
    void longNamesAndTexts_takeLinearTime() {
        String name = "n".repeat(900);
        String body = ("{\"" + name + "\":").repeat(60) + "[" + "0,".repeat(100_000) + "\"" + "x".repeat(20_000_000)
                + "\"]" + "}".repeat(60);
        Assertions.assertTimeout(Duration.ofSeconds(3), () -> parse(body));
    }
}
