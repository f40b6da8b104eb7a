package io.peregrine.cli.serve.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Embeddings over HTTP, against the golden ones of the toy.
class EmbeddingEndpointTest {

    private static final float TOLERANCE = 2e-5f;

    private static ApiServer server;
    private static JsonNode golden;

    @BeforeAll
    static void start() throws IOException {
        server = ApiServer.clip();
        golden = ApiServer.JSON.readTree(ApiServer.fixture("clip/expected.json")).at("/cases/0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static float[] golden(String name) throws IOException {
        return floats(ApiServer.fixture("clip/c0." + name + ".emb.f32"));
    }

    private static float[] floats(byte[] bytes) {
        float[] values = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }

    private static JsonNode embed(ObjectNode body) {
        ApiServer.Answer answer = server.post("/v1/embeddings", body.toString());
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    private static ObjectNode picture(int number) throws IOException {
        ObjectNode item = ApiServer.JSON.createObjectNode().put("type", "image_url");
        item.putObject("image_url").put("url", ApiServer.dataUri(ApiServer.fixture("clip/image" + number + ".png")));
        return item;
    }

    @Test
    void textsAndPictures_getTheirVectorsInOrder() throws IOException {
        ObjectNode body = ApiServer.JSON.createObjectNode().put("model", "toy-clip");
        body.putArray("input")
                .add(golden.at("/texts/1").textValue())
                .add(picture(2))
                .add(golden.at("/texts/0").textValue())
                .add(picture(0));
        JsonNode json = embed(body);
        assertEquals("list", json.get("object").textValue());
        assertEquals("toy-clip", json.get("model").textValue());
        String[] names = {"text1", "image2", "text0", "image0"};
        assertEquals(names.length, json.get("data").size());
        for (int i = 0; i < names.length; i++) {
            JsonNode item = json.at("/data/" + i);
            assertEquals(i, item.get("index").intValue());
            assertEquals("embedding", item.get("object").textValue());
            assertArrayEquals(golden(names[i]), floats(item.get("embedding")), TOLERANCE, names[i]);
        }
        int tokens = json.at("/usage/prompt_tokens").intValue();
        assertEquals(
                "{\"prompt_tokens\":" + tokens + ",\"total_tokens\":" + tokens + "}", json.get("usage").toString());
    }

    @Test
    void base64_isThatOfLittleEndianFloats() throws IOException {
        ObjectNode body = ApiServer.JSON.createObjectNode().put("encoding_format", "base64").put("dimensions", 40);
        body.set("input", picture(1));
        String text = embed(body).at("/data/0/embedding").textValue();
        assertArrayEquals(golden("image1"), floats(Base64.getDecoder().decode(text)), TOLERANCE);
        body.put("input", golden.at("/texts/2").textValue()).put("encoding_format", "float");
        assertArrayEquals(golden("text2"), floats(embed(body).at("/data/0/embedding")), TOLERANCE);
    }

    /// Path, body, code, param, message.
    static Stream<Arguments> bad() {
        String input = "a string, an object with an image_url, or an array of 1 to 256 of these";
        String path = "/v1/embeddings";
        String writes = "model: \"toy-clip\" does not do this: it makes embeddings; ask for them at /v1/embeddings";
        return Stream.of(
                Arguments.of(path, "{}", "missing_required_parameter", "input", "input: missing, expected " + input),
                Arguments.of(
                        path, "{\"input\":[]}", "invalid_value", "input", "input: found 0 items, expected " + input),
                Arguments.of(
                        path,
                        "{\"input\":[1,2]}",
                        "invalid_value",
                        "input[0]",
                        "input[0]: found a token, expected a string; tokens are not taken"),
                Arguments.of(
                        path,
                        "{\"input\":[\"a\",[1]]}",
                        "invalid_value",
                        "input[1]",
                        "input[1]: found an array, expected a string; tokens are not taken"),
                Arguments.of(
                        path,
                        "{\"input\":\"a\",\"dimensions\":39}",
                        "invalid_value",
                        "dimensions",
                        "dimensions: found 39, expected 40"),
                Arguments.of(
                        path,
                        "{\"input\":\"a\",\"encoding_format\":\"hex\"}",
                        "invalid_value",
                        "encoding_format",
                        "encoding_format: found \"hex\", expected float, base64"),
                Arguments.of(
                        path,
                        "{\"input\":{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://a.test/\"}}}",
                        "invalid_value",
                        "input.image_url.url",
                        "input.image_url.url: remote images are disabled; send the picture as a data: URI, or start the"
                                + " server with --image-host"),
                Arguments.of(
                        path,
                        "{\"input\":\"a\",\"truncate\":true}",
                        "unknown_parameter",
                        "truncate",
                        "truncate: unknown field; known here: model, input, encoding_format, dimensions, user"),
                Arguments.of(
                        "/v1/chat/completions",
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
                        "unsupported_model",
                        "model",
                        writes),
                Arguments.of("/v1/completions", "{\"prompt\":\"a\"}", "unsupported_model", "model", writes));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void badRequest_isRefusedWithItsField(String path, String body, String code, String param, String message) {
        ApiServer.Answer answer = server.post(path, body);
        ObjectNode error = ApiServer.JSON.createObjectNode();
        error.putObject("error")
                .put("message", message)
                .put("type", "invalid_request_error")
                .put("param", param)
                .put("code", code);
        assertEquals(error.toString(), answer.body());
        assertEquals(400, answer.status());
    }

    @Test
    void textThatIsTooLong_isRefusedByItsPlace() {
        ApiServer.Answer answer =
                server.post("/v1/embeddings", "{\"input\":[\"a\",\"" + "word ".repeat(500) + "\"]}");
        JsonNode error = answer.json().get("error");
        assertEquals(400, answer.status());
        assertEquals("context_length_exceeded", error.get("code").textValue());
        assertEquals("input[1]", error.get("param").textValue());
        assertEquals(
                "input[1]: found a text of N tokens with its begin and its end, expected at most N",
                error.get("message").textValue().replaceAll("[0-9]{2,}", "N"));
    }
}
