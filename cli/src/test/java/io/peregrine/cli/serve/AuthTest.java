package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is let in: catalogue 64.
class AuthTest {

    private static final String REFUSED =
            """
            {"error":{"message":"a valid API key is needed, as Authorization: Bearer KEY",\
            "type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""";

    private static TestServer server() throws IOException {
        return new TestServer().start(options -> options.withKeys(List.of("sk-first", "sk-second")));
    }

    private static String request(String first, String headers) {
        return first + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

    @ParameterizedTest(name = "64 auth-bad: {0}")
    @DisplayName("64 auth-bad")
    @ValueSource(
            strings = {
                "",
                "Authorization: Bearer sk-wrong\r\n",
                "Authorization: Bearer sk-firs\r\n",
                "Authorization: Bearer sk-firstx\r\n",
                "Authorization: Bearer SK-FIRST\r\n",
                "Authorization: Bearer\r\n",
                "Authorization: Bearer \r\n",
                "Authorization: Basic sk-first\r\n",
                "Authorization: sk-first\r\n",
                "X-Api-Key: sk-first\r\n",
                "Authorization: Bearer sk-first, Bearer sk-second\r\n",
                "Authorization: Bearer sk-first\r\nAuthorization: Bearer sk-first\r\n",
                "Authorization: Bearer sk-first\r\nauthorization: Bearer sk-wrong\r\n"
            })
    void whoeverHasNoKey_learnsNothing(String headers) throws IOException {
        try (TestServer server = server()) {
            for (String first : List.of("GET /metrics", "GET /nothing", "DELETE /metrics", "GET /echo")) {
                RawClient.Answer answer = server.ask(request(first, headers));
                assertEquals(401, answer.status());
                assertEquals(REFUSED, answer.body());
                assertEquals("Bearer", answer.headers().get("www-authenticate"));
            }
        }
    }

    @Test
    @DisplayName("64 auth-bad")
    void bodyOfAStranger_isNotRead() throws IOException {
        try (TestServer server = server();
                RawClient client = server.client()) {
            RawClient.Answer answer = client.send(request("POST /echo", "Content-Length: 30000000\r\n")).read();
            assertEquals(401, answer.status());
            assertEquals(REFUSED, answer.body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void eachKey_letsIn() throws IOException {
        try (TestServer server = server()) {
            for (String key : List.of("Bearer sk-first", "bearer sk-second", "Bearer  sk-second ")) {
                assertEquals(
                        200,
                        server.ask(request("GET /metrics", "Authorization: " + key + "\r\n")).status());
            }
            assertEquals(
                    404,
                    server.ask(request("GET /nothing", "Authorization: Bearer sk-first\r\n")).status());
            assertFalse(server.log().contains("sk-"), server.log());
        }
    }

    @Test
    void health_isOpenToAll() throws IOException {
        try (TestServer server = server()) {
            assertEquals(200, server.ask(request("GET /health", "")).status());
        }
    }
}
