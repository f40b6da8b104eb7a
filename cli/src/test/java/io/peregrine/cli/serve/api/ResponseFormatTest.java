package io.peregrine.cli.serve.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Answers that are to be JSON, over HTTP.
class ResponseFormatTest {

    private static ApiServer server;

    @BeforeAll
    static void start() throws IOException {
        server = ApiServer.toy("text_llama_bpe", false, "chatml");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ObjectNode request(int seed) {
        ObjectNode body = ApiServer.JSON.createObjectNode().put("max_tokens", 40).put("seed", seed);
        body.putArray("messages").addObject().put("role", "user").put("content", "hello");
        return body;
    }

    @Test
    void jsonObject_isAnObject_whateverTheModelWouldSay() throws IOException {
        for (int seed = 0; seed < 3; seed++) {
            ObjectNode body = request(seed);
            body.putObject("response_format").put("type", "json_object");
            ApiServer.Answer answer = server.chat(body.toString());
            assertEquals(200, answer.status(), answer.body());
            String text = answer.json().at("/choices/0/message/content").textValue();
            assertTrue(ApiServer.JSON.readTree(text).isObject(), text);
            assertEquals(text, text(server.chat(body.put("stream", true).toString())));
        }
    }

    private static String text(ApiServer.Answer answer) {
        StringBuilder text = new StringBuilder();
        for (String event : answer.events().subList(0, answer.events().size() - 1)) {
            text.append(new ApiServer.Answer(200, event).json().at("/choices/0/delta/content").asText(""));
        }
        return text.toString();
    }

    @Test
    void modelWithoutEyes_isShownNoPicture() throws IOException {
        ObjectNode body = request(0);
        body.putArray("messages")
                .addObject()
                .put("role", "user")
                .putArray("content")
                .addObject()
                .put("type", "image_url")
                .putObject("image_url")
                .put("url", ApiServer.demoPicture(0));
        JsonNode error = server.chat(body.toString()).json().get("error");
        assertEquals("messages[0].content[0].image_url.url", error.get("param").textValue());
        assertEquals(
                "messages[0].content[0].image_url.url: the model sees no pictures; start the server with the --mmproj that"
                        + " belongs to it",
                error.get("message").textValue());
    }

    @Test
    void modelWithoutTemplate_isSentToCompletions() throws IOException {
        try (ApiServer plain = ApiServer.toy("text_llama_spm", false, null)) {
            JsonNode error = plain.chat(request(0).toString()).json().get("error");
            assertEquals("no_chat_template", error.get("code").textValue());
            assertEquals(
                    "the model has no chat template; ask it at /v1/completions, or start the server with --chat-template",
                    error.get("message").textValue());
            assertEquals(
                    200, plain.post("/v1/completions", "{\"prompt\":\"The\",\"max_tokens\":2}").status());
        }
    }
}
