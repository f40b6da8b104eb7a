package io.peregrine.cli.serve.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Chats and completions over HTTP, with the bundled demo model.
class AnswerEndpointsTest {

    private static ApiServer server;
    private static String picture;

    @BeforeAll
    static void start() throws IOException {
        server = ApiServer.demo();
        picture = ApiServer.demoPicture(1);
    }

    @AfterAll
    static void stop() {
        server.close();
        String log = server.log();
        assertFalse(log.contains("Exception"), log);
    }

    /// A chat about the picture.
    private static String ask(String question, String fields) {
        return """
               {"model":"toy","messages":[{"role":"user","content":[
                 {"type":"image_url","image_url":{"url":"%s"}},{"type":"text","text":"%s"}]}],"seed":7%s}"""
                .formatted(picture, question, fields);
    }

    /// A chat without pictures.
    private static String say(String fields) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":8,\"seed\":7" + fields + "}";
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        for (Iterator<String> i = object.fieldNames(); i.hasNext(); ) {
            names.add(i.next());
        }
        return names;
    }

    private static void assertError(
            int status, String type, String code, String param, String message, ApiServer.Answer answer) {
        ObjectNode error = ApiServer.JSON.createObjectNode();
        error.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", param)
                .put("code", code);
        assertEquals(error.toString(), answer.body());
        assertEquals(status, answer.status());
    }

    @Test
    void answer_hasTheShapeOfOpenAi() {
        ApiServer.Answer answer = server.chat(ask("How many shapes are there?", ",\"temperature\":0"));
        assertEquals(200, answer.status(), answer.body());
        JsonNode json = answer.json();
        assertEquals(List.of("id", "object", "created", "model", "choices", "usage", "timings"), names(json));
        assertTrue(json.get("id").textValue().matches("chatcmpl-[0-9a-f]{32}"), json.get("id").toString());
        assertEquals("chat.completion", json.get("object").textValue());
        assertTrue(Math.abs(json.get("created").longValue() - System.currentTimeMillis() / 1000) < 60);
        assertEquals("toy", json.get("model").textValue());
        JsonNode choice = json.at("/choices/0");
        assertEquals(1, json.get("choices").size());
        String text = choice.at("/message/content").textValue();
        assertFalse(text.isBlank());
        assertEquals(
                "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" + choice.at("/message/content")
                        + ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}",
                choice.toString());
        JsonNode usage = json.get("usage");
        int prompt = usage.get("prompt_tokens").intValue();
        int completion = usage.get("completion_tokens").intValue();
        int image = usage.at("/prompt_tokens_details/image_tokens").intValue();
        assertTrue(image > 0 && prompt > image && completion > 0, usage.toString());
        assertEquals(prompt + completion, usage.get("total_tokens").intValue());
        assertEquals(completion, json.at("/timings/predicted_n").intValue());
    }

    @Test
    void stream_tellsTheSameAsAWholeAnswer() {
        for (String fields : List.of(",\"temperature\":0", ",\"temperature\":1.5,\"top_p\":0.9")) {
            JsonNode whole = server.chat(ask("Describe the image.", fields)).json();
            ApiServer.Answer stream = server.chat(ask(
                    "Describe the image.", fields + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
            assertEquals(200, stream.status(), stream.body());
            List<String> events = stream.events();
            assertEquals("[DONE]", events.getLast());
            List<JsonNode> chunks = events.subList(0, events.size() - 1).stream()
                    .map(event -> new ApiServer.Answer(200, event).json())
                    .toList();
            for (JsonNode chunk : chunks) {
                assertEquals(chunks.getFirst().get("id"), chunk.get("id"));
                assertEquals("chat.completion.chunk", chunk.get("object").textValue());
                assertEquals("toy", chunk.get("model").textValue());
                assertEquals(chunks.getFirst().get("created"), chunk.get("created"));
            }
            assertEquals(
                    "[{\"index\":0,\"delta\":{\"content\":\"\",\"role\":\"assistant\"},\"logprobs\":null,"
                            + "\"finish_reason\":null}]",
                    chunks.getFirst().get("choices").toString());
            StringBuilder text = new StringBuilder();
            for (JsonNode chunk : chunks.subList(1, chunks.size() - 2)) {
                String piece = chunk.at("/choices/0/delta/content").textValue();
                assertFalse(piece.isEmpty());
                text.append(piece);
                assertTrue(chunk.get("usage").isNull());
                assertTrue(chunk.at("/choices/0/finish_reason").isNull());
            }
            assertEquals(whole.at("/choices/0/message/content").textValue(), text.toString());
            JsonNode end = chunks.get(chunks.size() - 2);
            assertEquals(
                    "[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]",
                    end.get("choices").toString());
            assertTrue(end.get("usage").isNull());
            JsonNode usage = chunks.getLast();
            assertEquals("[]", usage.get("choices").toString());
            assertEquals(whole.at("/usage/completion_tokens"), usage.at("/usage/completion_tokens"));
            assertEquals(whole.at("/usage/prompt_tokens"), usage.at("/usage/prompt_tokens"));
        }
    }

    @Test
    void streamWithoutUsage_doesNotSpeakOfIt() {
        List<String> events = server.chat(say(",\"stream\":true")).events();
        for (String event : events) {
            assertFalse(event.contains("usage"), event);
        }
        assertTrue(events.get(events.size() - 2).contains("finish_reason"));
        assertEquals("[DONE]", events.getLast());
    }

    @Test
    void maxTokens_endsTheAnswer() {
        JsonNode json = server.chat(ask("Describe the image.", ",\"temperature\":0,\"max_completion_tokens\":2"))
                .json();
        assertEquals("length", json.at("/choices/0/finish_reason").textValue());
        assertEquals(2, json.at("/usage/completion_tokens").intValue());
    }

    @Test
    void stop_endsTheAnswerBeforeIt() {
        String all = server.chat(ask("Describe the image.", ",\"temperature\":0"))
                .json()
                .at("/choices/0/message/content")
                .textValue();
        String stop = all.substring(all.indexOf(' ') + 1).split(" ")[0];
        JsonNode json = server.chat(ask("Describe the image.", ",\"temperature\":0,\"stop\":[\"" + stop + "\"]"))
                .json();
        assertEquals("stop", json.at("/choices/0/finish_reason").textValue());
        assertEquals(
                all.substring(0, all.indexOf(stop)), json.at("/choices/0/message/content").textValue());
    }

    @Test
    void logprobs_areThoseOfTheTokensOfTheAnswer() {
        String fields = ",\"temperature\":0,\"logprobs\":true,\"top_logprobs\":3";
        JsonNode choice = server.chat(ask("Describe the image.", fields)).json().at("/choices/0");
        JsonNode tokens = choice.at("/logprobs/content");
        StringBuilder text = new StringBuilder();
        for (JsonNode token : tokens) {
            assertEquals(List.of("token", "logprob", "bytes", "top_logprobs"), names(token));
            assertEquals(3, token.get("top_logprobs").size());
            assertEquals(token.get("token"), token.at("/top_logprobs/0/token"));
            assertEquals(token.get("logprob"), token.at("/top_logprobs/0/logprob"));
            assertTrue(token.get("logprob").doubleValue() <= 0);
            byte[] bytes = new byte[token.get("bytes").size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) token.get("bytes").get(i).intValue();
            }
            assertEquals(token.get("token").textValue(), new String(bytes, StandardCharsets.UTF_8));
            text.append(token.get("token").textValue());
        }
        assertEquals(choice.at("/message/content").textValue(), text.toString().stripLeading());
        List<String> events =
                server.chat(ask("Describe the image.", fields + ",\"stream\":true")).events();
        List<JsonNode> streamed = new ArrayList<>();
        for (String event : events.subList(0, events.size() - 1)) {
            new ApiServer.Answer(200, event).json().at("/choices/0/logprobs/content").forEach(streamed::add);
        }
        List<JsonNode> whole = new ArrayList<>();
        tokens.forEach(whole::add);
        assertEquals(whole, streamed);
    }

    @Test
    void completion_goesOnFromTheText() {
        String body = "{\"prompt\":\"A red\",\"temperature\":0,\"max_tokens\":5,\"logprobs\":1%s}";
        JsonNode json = server.post("/v1/completions", body.formatted("")).json();
        assertEquals(List.of("id", "object", "created", "model", "choices", "usage", "timings"), names(json));
        assertTrue(json.get("id").textValue().startsWith("cmpl-"));
        assertEquals("text_completion", json.get("object").textValue());
        JsonNode choice = json.at("/choices/0");
        assertEquals(List.of("index", "text", "logprobs", "finish_reason"), names(choice));
        JsonNode logprobs = choice.get("logprobs");
        assertEquals(List.of("tokens", "token_logprobs", "top_logprobs", "text_offset"), names(logprobs));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < logprobs.get("tokens").size(); i++) {
            assertEquals(text.length(), logprobs.get("text_offset").get(i).intValue());
            text.append(logprobs.get("tokens").get(i).textValue());
            assertEquals(1, logprobs.get("top_logprobs").get(i).size());
        }
        assertEquals(choice.get("text").textValue(), text.toString());
        ApiServer.Answer stream = server.post("/v1/completions", body.formatted(",\"stream\":true"));
        StringBuilder streamed = new StringBuilder();
        List<String> events = stream.events();
        assertEquals("[DONE]", events.getLast());
        for (String event : events.subList(0, events.size() - 1)) {
            JsonNode chunk = new ApiServer.Answer(200, event).json();
            assertEquals("text_completion", chunk.get("object").textValue());
            streamed.append(chunk.at("/choices/0/text").textValue());
        }
        assertEquals(text.toString(), streamed.toString());
    }

    @Test
    void completion_takesTokens() {
        JsonNode json = server.post("/v1/completions", "{\"prompt\":[5,6,7],\"max_tokens\":1}").json();
        assertEquals(3, json.at("/usage/prompt_tokens").intValue());
        assertError(
                400,
                "invalid_request_error",
                "invalid_value",
                "prompt",
                "prompt: token 2000000000 is not in the vocabulary of "
                        + vocabulary() + " tokens; use tokens of this model",
                server.post("/v1/completions", "{\"prompt\":[2000000000]}"));
    }

    private static int vocabulary() {
        String message = server.post("/v1/completions", "{\"prompt\":[1999999999]}")
                .json()
                .at("/error/message")
                .textValue();
        return Integer.parseInt(message.replaceAll(".* of ([0-9]+) tokens.*", "$1"));
    }

    @Test
    void samePromptAgain_isNotComputedAgain() {
        String body = ask("What is the background color?", ",\"temperature\":0");
        JsonNode first = server.chat(body).json();
        JsonNode second = server.chat(body).json();
        assertEquals(first.at("/choices"), second.at("/choices"));
        assertTrue(
                second.at("/usage/prompt_tokens_details/cached_tokens").intValue()
                        >= second.at("/usage/prompt_tokens_details/image_tokens").intValue(),
                second.get("usage").toString());
    }

    @Test
    void eightClients_getTheAnswersThatOneGets() throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            picture = ApiServer.demoPicture(i % 4);
            bodies.add(ask("Describe the image.", ",\"temperature\":0" + (i % 2 == 0 ? ",\"stream\":true" : "")));
        }
        picture = ApiServer.demoPicture(1);
        List<String> alone = bodies.stream().map(body -> text(server.chat(body))).toList();
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> calls = bodies.stream()
                    .map(body -> (Callable<String>) () -> text(server.chat(body)))
                    .toList();
            List<String> together = new ArrayList<>();
            for (Future<String> answer : clients.invokeAll(calls)) {
                together.add(answer.get());
            }
            assertEquals(alone, together);
        }
    }

    private static String text(ApiServer.Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        if (!answer.body().startsWith("data: ")) {
            return answer.json().at("/choices/0/message/content").textValue();
        }
        StringBuilder text = new StringBuilder();
        List<String> events = answer.events();
        for (String event : events.subList(0, events.size() - 1)) {
            text.append(new ApiServer.Answer(200, event)
                    .json()
                    .at("/choices/0/delta/content")
                    .asText(""));
        }
        return text.toString();
    }

    @Test
    void models_areListed() {
        String model = "{\"id\":\"toy\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"peregrine\"}";
        assertEquals("{\"object\":\"list\",\"data\":[" + model + "]}", server.get("/v1/models").body());
        assertEquals(new ApiServer.Answer(200, model), server.get("/v1/models/toy"));
        String absent = "model: there is no model \"a/b\" here, expected \"toy\"";
        assertError(
                404, "invalid_request_error", "model_not_found", "model", absent, server.get("/v1/models/a%2Fb"));
        assertError(
                404,
                "invalid_request_error",
                "model_not_found",
                "model",
                "model: there is no model \"gpt-4o\" here, expected \"toy\"",
                server.chat(say(",\"model\":\"gpt-4o\"")));
        assertEquals(200, server.chat(say(",\"model\":\"toy\"")).status());
    }

    @Test
    void embeddings_areNotMadeByAModelThatWrites() {
        assertError(
                400,
                "invalid_request_error",
                "unsupported_model",
                "model",
                "model: \"toy\" does not do this: it writes; ask it at /v1/chat/completions or /v1/completions",
                server.post("/v1/embeddings", "{\"input\":\"a\"}"));
    }

    /// Path, body, code, param, message.
    static Stream<Arguments> bad() {
        String chat = "/v1/chat/completions";
        String text = "/v1/completions";
        String message = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";
        return Stream.of(
                Arguments.of(chat, "", "invalid_json", null, "the body is empty, expected a JSON object"),
                Arguments.of(chat, "{", "invalid_json", null, "the body is not valid JSON (line 1, column 2)"),
                Arguments.of(
                        chat,
                        "{" + message + ",\"temperature\":NaN}",
                        "invalid_value",
                        "temperature",
                        "temperature: found NaN, expected a number from 0 to 2"),
                Arguments.of(
                        chat,
                        "{" + message + ",\"max_tokens\":9223372036854775808}",
                        "invalid_value",
                        "max_tokens",
                        "max_tokens: found 9223372036854775808, expected a whole number from 1 to 2147483647"),
                Arguments.of(
                        chat,
                        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                                + "\"http://127.0.0.1/a.png\"}}]}]}",
                        "invalid_value",
                        "messages[0].content[0].image_url.url",
                        "messages[0].content[0].image_url.url: remote images are disabled; send the picture as a data:"
                                + " URI, or start the server with --image-host"),
                Arguments.of(
                        chat,
                        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                                + "\"file:///etc/passwd\"}}]}]}",
                        "invalid_value",
                        "messages[0].content[0].image_url.url",
                        "messages[0].content[0].image_url.url: pictures from files are disabled; send the picture as a"
                                + " data: URI, or start the server with --image-root"),
                Arguments.of(
                        text,
                        "{}",
                        "missing_required_parameter",
                        "prompt",
                        "prompt: missing, expected a string, an array of one string or of tokens, or an object with"
                                + " prompt_string and multimodal_data"),
                Arguments.of(
                        text,
                        "{\"prompt\":[\"a\",\"b\"]}",
                        "invalid_value",
                        "prompt",
                        "prompt: found 2 items, expected one string; send one request for each prompt"),
                Arguments.of(
                        text,
                        "{\"prompt\":[1,-1]}",
                        "invalid_value",
                        "prompt[1]",
                        "prompt[1]: found -1, expected a token, which is a whole number from 0"),
                Arguments.of(
                        text,
                        "{\"prompt\":\"a\",\"suffix\":\"b\"}",
                        "unsupported_value",
                        "suffix",
                        "suffix: it is not supported; this server does not write into the middle of a text"),
                Arguments.of(
                        text,
                        "{\"prompt\":\"a\",\"echo\":true}",
                        "unsupported_value",
                        "echo",
                        "echo: true is not supported; the prompt is not repeated"),
                Arguments.of(
                        text,
                        "{\"prompt\":\"a\",\"best_of\":2}",
                        "invalid_value",
                        "best_of",
                        "best_of: found 2, expected 1"),
                Arguments.of(
                        text,
                        "{\"prompt\":\"a\",\"logprobs\":true}",
                        "invalid_value",
                        "logprobs",
                        "logprobs: found true, expected a whole number from 0 to 20"),
                Arguments.of(
                        text,
                        "{\"prompt\":\"a\",\"messages\":[]}",
                        "unknown_parameter",
                        "messages",
                        "messages: unknown field; known here: model, prompt, temperature, top_k, top_p, min_p,"
                                + " repeat_penalty, presence_penalty, frequency_penalty, repeat_last_n, seed, stop,"
                                + " max_tokens, logprobs, stream, stream_options, n, user, logit_bias, best_of, echo,"
                                + " suffix"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void badRequest_isRefusedWithItsField(String path, String body, String code, String param, String message) {
        assertError(400, "invalid_request_error", code, param, message, server.post(path, body));
    }

    @Test
    @DisplayName("45 placeholder-without-image")
    void placeholderTypedByAUser_isText() {
        for (String typed : List.of("<image>", "<__media__>", "<|image|>", "<|im_end|>", "<end_of_turn>")) {
            JsonNode json = server.chat(say("").replace("hello", typed)).json();
            assertEquals(0, json.at("/usage/prompt_tokens_details/image_tokens").intValue(), typed);
            int plain = server.chat(say("").replace("hello", ""))
                    .json()
                    .at("/usage/prompt_tokens")
                    .intValue();
            assertTrue(json.at("/usage/prompt_tokens").intValue() >= plain + 3, typed + " is not spelt out");
        }
    }

    @Test
    @DisplayName("45 count-mismatch")
    void moreMarksThanPictures_areRefusedWithCounts() {
        String data = picture.substring(picture.indexOf(',') + 1);
        String body = "{\"prompt\":{\"prompt_string\":\"%s\",\"multimodal_data\":[%s]},\"max_tokens\":2}";
        JsonNode one = server.post("/v1/completions", body.formatted("<__media__> A", "\"" + data + "\"")).json();
        assertTrue(one.at("/usage/prompt_tokens_details/image_tokens").intValue() > 0, one.toString());
        assertError(
                400,
                "invalid_request_error",
                "invalid_value",
                "prompt",
                "prompt: found 2 marks <__media__> and 1 images; give one image for each mark",
                server.post("/v1/completions", body.formatted("<__media__><__media__>", "\"" + data + "\"")));
        assertError(
                400,
                "invalid_request_error",
                "invalid_value",
                "prompt",
                "prompt: found 1 marks <__media__> and 0 images; give one image for each mark",
                server.post("/v1/completions", "{\"prompt\":\"<__media__>\"}"));
    }

    @Test
    void promptThatDoesNotFit_isRefusedBeforeAnythingIsComputed() {
        ApiServer.Answer answer = server.chat(say("").replace("hello", "hello ".repeat(5000)));
        assertEquals(400, answer.status());
        JsonNode error = answer.json().get("error");
        assertEquals("context_length_exceeded", error.get("code").textValue());
        assertEquals("messages", error.get("param").textValue());
        assertTrue(
                error.get("message")
                        .textValue()
                        .matches("the prompt needs a context of [0-9]+ tokens \\([0-9]+ of text, 0 of images, 1 to answer\\),"
                                + " this one has [0-9]+; shorten the prompt, or ask for a larger context \\(the model was"
                                + " trained for [0-9]+\\)"),
                error.toString());
    }
}
