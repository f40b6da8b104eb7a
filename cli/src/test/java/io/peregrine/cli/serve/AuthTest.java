package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

    /// One key has as many requests as it may; another is not in its way, nor are questions about the server.
    @Test
    void keyWithManyRequests_isToldToWait() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(2);
        TestServer server = new TestServer();
        server.routes.add("POST", "/work", Access.MODEL, exchange -> {
            begun.countDown();
            assertTrue(go.await(10, TimeUnit.SECONDS));
            exchange.respond(Response.text(200, "text/plain; charset=utf-8", "done"));
        });
        String first = "Authorization: Bearer sk-first\r\nContent-Length: 0\r\n";
        String second = "Authorization: Bearer sk-second\r\nContent-Length: 0\r\n";
        try (TestServer _ = server.start(options -> options.withKeys(List.of("sk-first", "sk-second"))
                        .withLimits(options.limits().withPerKey(2)));
                RawClient one = server.client();
                RawClient two = server.client();
                RawClient other = server.client()) {
            one.send(request("POST /work", first));
            two.send(request("POST /work", first));
            assertTrue(begun.await(10, TimeUnit.SECONDS));
            RawClient.Answer refused = server.ask(request("POST /work", first));
            assertEquals(429, refused.status());
            assertEquals("1", refused.headers().get("retry-after"));
            assertEquals(
                    """
                    {"error":{"message":"this API key has 2 requests under way, which is the most; try again when one \
                    of them has ended","type":"invalid_request_error","param":null,"code":"rate_limit_exceeded"}}""",
                    refused.body());
            other.send(request("POST /work", second));
            assertEquals(200, server.ask(request("GET /metrics", first)).status());
            go.countDown();
            for (RawClient client : List.of(one, two, other)) {
                assertEquals("done", client.read().body());
            }
            assertEquals("done", server.ask(request("POST /work", first)).body());
        }
    }

    @Test
    void health_isOpenToAll() throws IOException {
        try (TestServer server = server()) {
            assertEquals(200, server.ask(request("GET /health", "")).status());
        }
    }
}
