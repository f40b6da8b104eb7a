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

    private static final String SCHEMA =
            """
            {"type":"object","properties":{"colour":{"enum":["red","blue"]},"count":{"type":"integer"}},
             "required":["colour","count"],"additionalProperties":false}""";

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

    private static ObjectNode schema(String schema) throws IOException {
        ObjectNode body = request(0);
        body.putObject("response_format")
                .put("type", "json_schema")
                .putObject("json_schema")
                .put("name", "shape")
                .put("strict", true)
                .set("schema", ApiServer.JSON.readTree(schema));
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
    void jsonSchema_holds() throws IOException {
        ApiServer.Answer answer = server.chat(schema(SCHEMA).toString());
        assertEquals(200, answer.status(), answer.body());
        JsonNode json = ApiServer.JSON.readTree(
                answer.json().at("/choices/0/message/content").textValue());
        assertTrue(json.get("colour").textValue().matches("red|blue"), json.toString());
        assertTrue(json.get("count").isIntegralNumber(), json.toString());
        assertEquals(2, json.size());
    }

    @Test
    void shapeThatNeedsMoreTokens_isRefusedBeforeItBegins() throws IOException {
        ObjectNode body = schema(SCHEMA);
        body.put("max_tokens", 3);
        ApiServer.Answer answer = server.chat(body.toString());
        assertEquals(400, answer.status(), answer.body());
        JsonNode error = answer.json().get("error");
        assertEquals("max_tokens", error.get("param").textValue());
        assertTrue(
                error.get("message").textValue().contains("found room for an answer of 3 tokens, expected at least"),
                error.toString());
    }

    @Test
    void schemaThatIsNone_isRefusedByItsPlace() throws IOException {
        ApiServer.Answer answer = server.chat(schema("{\"type\":\"object\",\"properties\":7}").toString());
        assertEquals(400, answer.status(), answer.body());
        JsonNode error = answer.json().get("error");
        assertEquals(
                "response_format.json_schema.schema.properties", error.get("param").textValue());
        assertTrue(
                error.get("message").textValue().startsWith("response_format.json_schema.schema.properties: "),
                error.toString());
        ObjectNode nameless = schema(SCHEMA);
        ((ObjectNode) nameless.at("/response_format/json_schema")).put("name", "two words");
        assertEquals(
                "response_format.json_schema.name: found \"two words\", expected 1 to 64 of the characters A-Z a-z 0-9 _"
                        + " and -",
                server.chat(nameless.toString()).json().at("/error/message").textValue());
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
