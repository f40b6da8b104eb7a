package io.peregrine.cli.serve.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.picture.PictureUrl;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.chat.ChatMessage;
import io.peregrine.model.chat.Content;
import io.peregrine.model.sampling.SamplingOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a body of `/v1/chat/completions` may say.
class ChatRequestTest {

    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";

    private static ChatRequest read(String body) {
        return ChatRequest.read(JsonBody.parse(body.getBytes(StandardCharsets.UTF_8)), SamplingOptions.defaults());
    }

    /// With a message, and these fields.
    private static ChatRequest with(String fields) {
        return read("{" + HELLO + "," + fields + "}");
    }

    private static void assertRefused(String param, String code, String message, String body) {
        ApiException e = assertThrows(ApiException.class, () -> read(body));
        assertEquals(message, e.getMessage());
        assertEquals(param, e.param());
        assertEquals(code, e.code());
        assertEquals(400, e.status());
        assertEquals("invalid_request_error", e.type());
    }

    @Test
    void defaults_areThoseOfTheServer() {
        ChatRequest request = read("{" + HELLO + "}");
        assertNull(request.model());
        assertEquals(List.of(ChatMessage.user("hello")), request.chat().messages());
        assertEquals(List.of(), request.chat().pictures());
        assertEquals(new StreamFields(false, false), request.stream());
        GenerateOptions options = request.options();
        assertEquals(SamplingOptions.defaults().withSeed(options.sampling().seed()), options.sampling());
        assertEquals(GenerateOptions.defaults().withSampling(options.sampling()), options);
        assertNotEquals(
                options.sampling().seed(), read("{" + HELLO + "}").options().sampling().seed());
    }

    @Test
    void fields_areTaken() {
        ChatRequest request = with(
                """
                "model":"m","max_tokens":7,"temperature":0.5,"top_p":0.25,"top_k":3,"min_p":0.125,"repeat_penalty":1.5,
                "presence_penalty":-2,"frequency_penalty":2,"repeat_last_n":9,"seed":-9223372036854775808,
                "stop":["a","b"],"logprobs":true,"top_logprobs":2,"n":1,"stream":true,
                "stream_options":{"include_usage":true}""");
        assertEquals("m", request.model());
        assertEquals(
                GenerateOptions.defaults()
                        .withSampling(new SamplingOptions(0.5f, 3, 0.25f, 0.125f, 1.5f, -2, 2, 9, Long.MIN_VALUE))
                        .withMaxTokens(7)
                        .withStop("a", "b")
                        .withLogprobs(2),
                request.options());
        assertEquals(new StreamFields(true, true), request.stream());
        assertEquals(
                9, with("\"max_completion_tokens\":9").options().maxTokens());
        assertEquals(List.of("\n"), with("\"stop\":\"\\n\"").options().stop());
        assertEquals(0, with("\"logprobs\":true").options().logprobs());
        assertEquals(-1, with("\"logprobs\":false").options().logprobs());
    }

    @Test
    void nullAndHarmlessFields_changeNothing() {
        GenerateOptions plain = with("\"seed\":1").options();
        assertEquals(
                plain,
                with("""
                     "seed":1,"temperature":null,"max_tokens":null,"stop":null,"stream":null,"stream_options":null,
                     "tools":null,"response_format":{"type":"text"},"user":"u","metadata":{"a":"b"},"store":false,
                     "logit_bias":{},"modalities":["text"],"service_tier":"auto","safety_identifier":"s",
                     "prompt_cache_key":"k","top_logprobs":null,"n":null""")
                        .options());
    }

    @Test
    void messages_areReadWithTheirParts() {
        ChatRequest request = read(
                """
                {"messages":[
                  {"role":"developer","content":"Be brief."},
                  {"role":"user","name":"Ada","content":[
                    {"type":"text","text":"Two: "},
                    {"type":"image_url","image_url":{"url":"data:one","detail":"high"}},
                    {"type":"image_url","image_url":{"url":"data:two"}}]},
                  {"role":"assistant","content":"Yes.","refusal":null,"tool_calls":null},
                  {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:three"}}]}]}
                """);
        assertEquals(
                List.of(
                        ChatMessage.system("Be brief."),
                        new ChatMessage(
                                "user",
                                List.of(new Content.Text("Two: "), new Content.Image(0), new Content.Image(1)),
                                Map.of("name", "Ada")),
                        ChatMessage.assistant("Yes."),
                        ChatMessage.of("user", new Content.Image(2))),
                request.chat().messages());
        assertEquals(
                List.of(
                        new PictureUrl("messages[1].content[1].image_url.url", "data:one"),
                        new PictureUrl("messages[1].content[2].image_url.url", "data:two"),
                        new PictureUrl("messages[3].content[0].image_url.url", "data:three")),
                request.chat().pictures());
    }

    /// Field, its value, what the message says of it.
    static Stream<Arguments> badNumbers() {
        String tokens = "expected a whole number from 1 to 2147483647";
        String seed = "expected a whole number from -9223372036854775808 to 9223372036854775807";
        return Stream.of(
                Arguments.of("temperature", "NaN", "found NaN, expected a number from 0 to 2"),
                Arguments.of("temperature", "Infinity", "found Infinity, expected a number from 0 to 2"),
                Arguments.of("temperature", "1e999", "found Infinity, expected a number from 0 to 2"),
                Arguments.of("temperature", "-1", "found -1, expected a number from 0 to 2"),
                Arguments.of("temperature", "2.1", "found 2.1, expected a number from 0 to 2"),
                Arguments.of("temperature", "\"1\"", "found \"1\", expected a number from 0 to 2"),
                Arguments.of("temperature", "[1]", "found an array, expected a number from 0 to 2"),
                Arguments.of("temperature", "true", "found true, expected a number from 0 to 2"),
                Arguments.of("top_p", "1.0001", "found 1.0001, expected a number from 0 to 1"),
                Arguments.of("min_p", "-0.1", "found -0.1, expected a number from 0 to 1"),
                Arguments.of("repeat_penalty", "0", "found 0, expected a number from 0.01 to 100"),
                Arguments.of("presence_penalty", "2.5", "found 2.5, expected a number from -2 to 2"),
                Arguments.of("frequency_penalty", "-3", "found -3, expected a number from -2 to 2"),
                Arguments.of("top_k", "-1", "found -1, expected a whole number from 0 to 2147483647"),
                Arguments.of("top_k", "2147483648", "found 2147483648, expected a whole number from 0 to 2147483647"),
                Arguments.of("repeat_last_n", "-1", "found -1, expected a whole number from 0 to 1048576"),
                Arguments.of("max_tokens", "-1", "found -1, " + tokens),
                Arguments.of("max_tokens", "0", "found 0, " + tokens),
                Arguments.of("max_tokens", "9223372036854775808", "found 9223372036854775808, " + tokens),
                Arguments.of("max_tokens", "1.0", "found 1.0, " + tokens),
                Arguments.of("max_tokens", "1e2", "found 100.0, " + tokens),
                Arguments.of("max_completion_tokens", "\"7\"", "found \"7\", " + tokens),
                Arguments.of("seed", "\"seven\"", "found \"seven\", " + seed),
                Arguments.of("seed", "9223372036854775808", "found 9223372036854775808, " + seed),
                Arguments.of("seed", "1.5", "found 1.5, " + seed),
                Arguments.of("n", "1000000000", "found 1000000000, expected 1"),
                Arguments.of("n", "0", "found 0, expected 1"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @DisplayName("63 numbers-out-of-range")
    @MethodSource("badNumbers")
    void number_outOfRange_isRefusedWithFieldAndRange(String field, String value, String message) {
        assertRefused(field, "invalid_value", field + ": " + message, "{" + HELLO + ",\"" + field + "\":" + value + "}");
    }

    @Test
    @DisplayName("63 numbers-out-of-range")
    void unknownField_isRefusedByName() {
        ApiException e = assertThrows(ApiException.class, () -> with("\"temprature\":1"));
        assertEquals("temprature", e.param());
        assertEquals("unknown_parameter", e.code());
        assertEquals(
                "temprature: unknown field; known here: model, messages, temperature, top_k, top_p, min_p,"
                        + " repeat_penalty, presence_penalty, frequency_penalty, repeat_last_n, seed, stop, max_tokens,"
                        + " max_completion_tokens, logprobs, top_logprobs, response_format, stream, stream_options, n,"
                        + " user, logit_bias, safety_identifier, prompt_cache_key, service_tier, store, metadata,"
                        + " modalities, tools, tool_choice, parallel_tool_calls, functions, function_call, audio,"
                        + " prediction, reasoning_effort, verbosity, web_search_options",
                e.getMessage());
        assertRefused(
                "messages[0].contents",
                "unknown_parameter",
                "messages[0].contents: unknown field; known here: role, tool_calls, tool_call_id, function_call, audio,"
                        + " refusal, content, name",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"\",\"contents\":1}]}");
        assertRefused(
                "stream_options.include",
                "unknown_parameter",
                "stream_options.include: unknown field; known here: include_usage, include_obfuscation",
                "{" + HELLO + ",\"stream\":true,\"stream_options\":{\"include\":true}}");
        assertRefused(
                "chat_template_kwargs",
                "unknown_parameter",
                assertThrows(ApiException.class, () -> with("\"chat_template_kwargs\":{}")).getMessage(),
                "{" + HELLO + ",\"chat_template_kwargs\":{}}");
    }

    /// Fields, the one that is to blame, the code, the message behind its name.
    static Stream<Arguments> badFields() {
        String stop = "expected a string of 1 to 1000 characters, or an array of at most 16";
        String noTools = "it is not supported; this server knows no tools";
        return Stream.of(
                Arguments.of("\"model\":7", "model", "invalid_value", "found 7, expected a string"),
                Arguments.of("\"stop\":7", "stop", "invalid_value", "found 7, " + stop),
                Arguments.of("\"stop\":\"\"", "stop", "invalid_value", "found a string of 0 characters, " + stop),
                Arguments.of("\"stop\":[\"a\",null]", "stop[1]", "invalid_value", "found null, " + stop),
                Arguments.of(
                        "\"stop\":[" + "\"a\",".repeat(16) + "\"a\"]", "stop", "invalid_value", "found 17 items, " + stop),
                Arguments.of("\"stream\":\"yes\"", "stream", "invalid_value", "found \"yes\", expected true or false"),
                Arguments.of(
                        "\"stream_options\":{\"include_usage\":true}",
                        "stream_options",
                        "invalid_value",
                        "only allowed with \"stream\": true"),
                Arguments.of(
                        "\"stream\":true,\"stream_options\":true",
                        "stream_options",
                        "invalid_value",
                        "found true, expected an object"),
                Arguments.of(
                        "\"max_tokens\":1,\"max_completion_tokens\":1",
                        "max_tokens",
                        "invalid_value",
                        "found beside max_completion_tokens, expected one of them"),
                Arguments.of(
                        "\"top_logprobs\":1", "top_logprobs", "invalid_value", "only allowed with \"logprobs\": true"),
                Arguments.of(
                        "\"logprobs\":true,\"top_logprobs\":21",
                        "top_logprobs",
                        "invalid_value",
                        "found 21, expected a whole number from 0 to 20"),
                Arguments.of("\"tools\":[]", "tools", "unsupported_value", noTools),
                Arguments.of("\"tool_choice\":\"none\"", "tool_choice", "unsupported_value", noTools),
                Arguments.of("\"functions\":[{}]", "functions", "unsupported_value", noTools),
                Arguments.of("\"store\":true", "store", "unsupported_value", "true is not supported; nothing is stored"),
                Arguments.of(
                        "\"logit_bias\":{\"5\":-100}",
                        "logit_bias",
                        "unsupported_value",
                        "it is not supported; leave it out"),
                Arguments.of(
                        "\"modalities\":[\"text\",\"audio\"]",
                        "modalities",
                        "invalid_value",
                        "found an array, expected [\"text\"]"),
                Arguments.of(
                        "\"service_tier\":\"flex\"",
                        "service_tier",
                        "invalid_value",
                        "found \"flex\", expected auto, default"),
                Arguments.of(
                        "\"metadata\":{\"a\":1}",
                        "metadata",
                        "invalid_value",
                        "found 1 in it, expected an object of at most 16 strings"),
                Arguments.of(
                        "\"response_format\":\"json\"",
                        "response_format",
                        "invalid_value",
                        "found \"json\", expected an object"),
                Arguments.of(
                        "\"response_format\":{\"type\":\"xml\"}",
                        "response_format.type",
                        "invalid_value",
                        "found \"xml\", expected text, json_object, json_schema"),
                Arguments.of(
                        "\"response_format\":{}",
                        "response_format.type",
                        "missing_required_parameter",
                        "missing, expected text, json_object or json_schema"),
                Arguments.of(
                        "\"user\":\"" + "x".repeat(10) + "\",\"user\":\"y\"",
                        "user",
                        "invalid_value",
                        "found twice in one object"));
    }

    @ParameterizedTest
    @MethodSource("badFields")
    void field_thatSaysSomethingElse_isRefused(String fields, String param, String code, String message) {
        assertRefused(param, code, param + ": " + message, "{" + HELLO + "," + fields + "}");
    }

    /// The messages, the field that is to blame, the code, the message behind its name.
    static Stream<Arguments> badMessages() {
        String content = "a string, or an array of parts";
        String count = "an array of 1 to 10000 messages";
        String noTools = " is not supported; this server knows no tools";
        return Stream.of(
                Arguments.of("null", "messages", "missing_required_parameter", "missing, expected " + count),
                Arguments.of("[]", "messages", "invalid_value", "found 0 items, expected " + count),
                Arguments.of("{}", "messages", "invalid_value", "found an object, expected " + count),
                Arguments.of("[\"hi\"]", "messages[0]", "invalid_value", "found \"hi\", expected an object"),
                Arguments.of("[{}]", "messages[0].role", "missing_required_parameter", "missing, expected a string"),
                Arguments.of(
                        "[{\"role\":\"robot\",\"content\":\"\"}]",
                        "messages[0].role",
                        "invalid_value",
                        "found \"robot\", expected system, developer, user or assistant"),
                Arguments.of(
                        "[{\"role\":\"tool\",\"content\":\"\"}]",
                        "messages[0].role",
                        "unsupported_value",
                        "tool" + noTools),
                Arguments.of(
                        "[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[]}]",
                        "messages[0].tool_calls",
                        "unsupported_value",
                        "it" + noTools),
                Arguments.of(
                        "[{\"role\":\"user\"}]",
                        "messages[0].content",
                        "missing_required_parameter",
                        "missing, expected " + content),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":5}]",
                        "messages[0].content",
                        "invalid_value",
                        "found 5, expected " + content),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":[]}]",
                        "messages[0].content",
                        "invalid_value",
                        "found an empty array, expected " + content),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}]",
                        "messages[0].content[0].type",
                        "missing_required_parameter",
                        "missing, expected a string"),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":7}]}]",
                        "messages[0].content[0].text",
                        "invalid_value",
                        "found 7, expected a string"),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]",
                        "messages[0].content[0].type",
                        "unsupported_value",
                        "input_audio is not supported; send text and image_url parts"),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":\"data:\"}]}]",
                        "messages[0].content[0].image_url",
                        "invalid_value",
                        "found \"data:\", expected an object"),
                Arguments.of(
                        "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}]",
                        "messages[0].content[0].image_url.url",
                        "missing_required_parameter",
                        "missing, expected a string"),
                Arguments.of(
                        "[{\"role\":\"system\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"\"}}]}]",
                        "messages[0].content[0].type",
                        "invalid_value",
                        "found a picture in a message of role system, expected it in a message of role user"));
    }

    @ParameterizedTest
    @MethodSource("badMessages")
    void message_thatSaysSomethingElse_isRefused(String messages, String param, String code, String message) {
        assertRefused(param, code, param + ": " + message, "{\"messages\":" + messages + "}");
    }

    @Test
    void whatAClientMadeUp_isShownShortAndPlain() {
        String name = "x\\n\\u202e" + "y".repeat(500);
        ApiException e = assertThrows(ApiException.class, () -> with("\"" + name + "\":1"));
        assertEquals("x\uFFFD\uFFFD" + "y".repeat(57) + "...", e.param());
    }
}
