package io.peregrine.cli.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// A whole answer.
///
/// @param status of HTTP
/// @param headers besides those that the server sets; names in small letters
/// @param body not copied
public record Response(int status, Map<String, String> headers, byte[] body) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public static Response json(int status, JsonNode body) {
        return of(status, "application/json; charset=utf-8", bytes(body));
    }

    /// @param contentType with its charset, if it is text
    public static Response of(int status, String contentType, byte[] body) {
        return new Response(status, Map.of("content-type", contentType), body);
    }

    public static Response text(int status, String contentType, String body) {
        return of(status, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    /// JSON as it is sent.
    static byte[] bytes(JsonNode body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /// The same with one more header.
    ///
    /// @param name in small letters
    public Response withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Response(status, Map.copyOf(more), body);
    }
}
