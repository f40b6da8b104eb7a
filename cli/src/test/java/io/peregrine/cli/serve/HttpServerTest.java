package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections, routes, answers and streams, spoken to over sockets.
class HttpServerTest {

    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    @Test
    void health_isAnsweredOverAConnectionThatStays() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            for (int i = 0; i < 3; i++) {
                RawClient.Answer answer = client.send(HEALTH).read();
                assertEquals(200, answer.status());
                assertEquals("{\"status\":\"ok\"}", answer.body());
                assertEquals("application/json; charset=utf-8", answer.headers().get("content-type"));
                assertEquals("nosniff", answer.headers().get("x-content-type-options"));
                assertTrue(answer.headers().get("x-request-id").matches("req-[0-9a-f]{16}"));
            }
            client.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertEquals("close", client.read().headers().get("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    void oldClients_areAnsweredAndClosed() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            assertEquals(200, client.send("GET /health HTTP/1.0\r\n\r\n").read().status());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void goneClient_isNoticedWhileNothingIsWritten() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch noticed = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        TestServer server = new TestServer();
        server.routes.add("GET", "/wait", Access.MODEL, exchange -> {
            exchange.onGone(noticed::countDown);
            begun.countDown();
            assertTrue(noticed.await(10, TimeUnit.SECONDS));
            assertTrue(exchange.gone());
            ended.countDown();
        });
        try (TestServer _ = server.start()) {
            try (RawClient client = server.client()) {
                client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertTrue(begun.await(10, TimeUnit.SECONDS));
            }
            assertTrue(ended.await(10, TimeUnit.SECONDS));
            assertTrue(server.server().drain(java.time.Duration.ofSeconds(5)));
        }
    }

    @Test
    void goneClient_endsItsStream() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        TestServer server = new TestServer();
        server.routes.add("GET", "/events", Access.MODEL, exchange -> {
            try (EventStream events = exchange.stream()) {
                while (events.send("more")) {
                    Thread.sleep(1);
                }
            }
            assertTrue(exchange.gone());
            ended.countDown();
        });
        try (TestServer _ = server.start()) {
            try (RawClient client = server.client()) {
                client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertEquals("HTTP/1.1 200 OK", client.line());
            }
            assertTrue(ended.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void stream_isSentPieceByPiece_andEndsWithTheError() throws Exception {
        TestServer server = new TestServer();
        server.routes.add("GET", "/events", Access.MODEL, exchange -> {
            EventStream events = exchange.stream();
            assertTrue(events.send("{\"a\":1}"));
            assertTrue(events.send("two\nlines"));
            throw new ApiException(400, ApiException.INVALID_REQUEST, "code", "field", "message");
        });
        try (TestServer _ = server.start();
                RawClient client = server.client()) {
            RawClient.Answer answer = client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            assertEquals("text/event-stream; charset=utf-8", answer.headers().get("content-type"));
            assertEquals("no-cache", answer.headers().get("cache-control"));
            assertEquals(
                    """
                    data: {"a":1}

                    data: two
                    data: lines

                    data: {"error":{"message":"message","type":"invalid_request_error","param":"field","code":"code"}}

                    """,
                    answer.body());
            assertEquals(200, client.send(HEALTH).read().status());
        }
    }

    @Test
    void silentStream_getsComments() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        TestServer server = new TestServer();
        server.routes.add("GET", "/events", Access.MODEL, exchange -> {
            exchange.stream();
            assertTrue(go.await(10, TimeUnit.SECONDS));
        });
        try (TestServer _ = server.start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient client = server.client()) {
            client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            while (!client.line().isEmpty()) {
                // headers
            }
            assertEquals(List.of("3", ":", "", ""), List.of(client.line(), client.line(), client.line(), client.line()));
            go.countDown();
        }
    }

    @Test
    void defects_areToldToTheLogOnly() throws Exception {
        TestServer server = new TestServer();
        server.routes.add("GET", "/defect", Access.MODEL, _ -> {
            throw new IllegalStateException("secret detail");
        });
        server.routes.add("GET", "/silent", Access.MODEL, _ -> {});
        try (TestServer _ = server.start()) {
            RawClient.Answer answer =
                    server.ask("GET /defect HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: my.id-1\r\n\r\n");
            assertEquals(500, answer.status());
            assertEquals(
                    """
                    {"error":{"message":"internal error, a defect of the server; its log tells more about request my.id-1",\
                    "type":"server_error","param":null,"code":"internal_error"}}""",
                    answer.body());
            assertEquals("my.id-1", answer.headers().get("x-request-id"));
            assertTrue(server.log().contains("secret detail"), server.log());
            assertEquals(500, server.ask("GET /silent HTTP/1.1\r\nHost: localhost\r\n\r\n").status());
        }
    }

    @Test
    void body_comesWhole() throws Exception {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
            assertEquals("hello", client.read().body());
            client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n")
                    .send("2\r\nlo\r\n0\r\n\r\n");
            assertEquals("hello", client.read().body());
            client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            assertEquals(100, client.read().status());
            assertEquals("ok", client.send("ok").read().body());
        }
    }

    @Test
    void javaClient_isUnderstood() throws Exception {
        try (TestServer server = new TestServer().start();
                HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://localhost:" + server.server().address().getPort() + "/echo");
            String large = "x".repeat(3_000_000);
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(uri)
                                .POST(HttpRequest.BodyPublishers.ofString(large))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertEquals(200, answer.statusCode());
                assertEquals(large, answer.body());
            }
        }
    }

    @Test
    void pipelinedRequests_areAnsweredInOrder() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        TestServer server = new TestServer();
        CountDownLatch begun = server.addWait(go);
        try (TestServer _ = server.start();
                RawClient client = server.client()) {
            client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n" + HEALTH.repeat(2)
                    + "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
            assertTrue(begun.await(10, TimeUnit.SECONDS));
            go.countDown();
            assertEquals("waited", client.read().body());
            assertEquals("{\"status\":\"ok\"}", client.read().body());
            assertEquals("{\"status\":\"ok\"}", client.read().body());
            assertEquals("hello", client.read().body());
        }
    }

    @Test
    void floodOfPipelinedRequests_waitsOutside() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        TestServer server = new TestServer();
        CountDownLatch begun = server.addWait(go);
        int count = 2_000_000;
        try (TestServer _ = server.start();
                RawClient client = server.client()) {
            client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(begun.await(10, TimeUnit.SECONDS));
            AtomicInteger sent = new AtomicInteger();
            Thread flood = Thread.ofVirtual().start(() -> {
                try {
                    for (; sent.get() < count; sent.addAndGet(100)) {
                        client.send(HEALTH.repeat(100));
                    }
                } catch (IOException e) {
                    // The client was closed.
                }
            });
            int before = -1;
            while (before != sent.get()) {
                before = sent.get();
                Thread.sleep(200);
            }
            assertTrue(before < count, "the server took " + before + " requests while one was being answered");
            go.countDown();
            assertEquals("waited", client.read().body());
            for (int i = 0; i < 1000; i++) {
                assertEquals(200, client.read().status());
            }
            client.socket().close();
            flood.join();
        }
    }

    @Test
    void head_getsTheHeadersOfGet() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            RawClient.Answer answer =
                    client.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n").read(false);
            assertEquals(200, answer.status());
            assertEquals("15", answer.headers().get("content-length"));
            assertEquals("{\"status\":\"ok\"}", client.send(HEALTH).read().body());
        }
    }

    @Test
    void unknownPathsAndMethods_areNamed() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            RawClient.Answer path =
                    client.send("GET /v1/chat/completion?key=secret HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            assertEquals(404, path.status());
            assertEquals(
                    """
                    {"error":{"message":"there is nothing at /v1/chat/completion","type":"invalid_request_error",\
                    "param":null,"code":"unknown_url"}}""",
                    path.body());
            RawClient.Answer method =
                    client.send("DELETE /health HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            assertEquals(405, method.status());
            assertEquals("GET, HEAD", method.headers().get("allow"));
            assertEquals(
                    """
                    {"error":{"message":"/health: found DELETE, expected GET, HEAD","type":"invalid_request_error",\
                    "param":null,"code":"method_not_allowed"}}""",
                    method.body());
            client.send(HEALTH).read();
            assertFalse(server.log().contains("secret"), server.log());
            assertTrue(server.log().contains(" GET /v1/chat/completion 404 "), server.log());
        }
    }

    @Test
    void pathsWithAStar_matchWhatGoesOn() {
        Routes routes = new Routes().add("GET", "/a/*", Access.OPEN, _ -> {}).add("GET", "/a/b", Access.OPEN, _ -> {});
        assertEquals("/a/*", routes.find("/a/x/y").path());
        assertEquals("/a/b", routes.find("/a/b").path());
        assertNull(routes.find("/a/"));
        assertNull(routes.find("/a"));
        assertEquals("/a/*", routes.find("/a/*").path());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "GET\r\n\r\n",
                "GET /health\r\n\r\n",
                "GET /health HTTP/9.9.9\r\n\r\n",
                "GET /health XTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n",
                "GET /health HTTP/1.1\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
                "GET health HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
                "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x5\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n"
            })
    void whatIsNoRequest_isRefusedAndTheConnectionEnds(String text) throws IOException {
        try (TestServer server = new TestServer().start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient client = server.client()) {
            RawClient.Answer answer = client.send(text).read();
            assertEquals(400, answer.status(), answer.body());
            assertTrue(answer.body().contains("\"code\":\"bad_request\""), answer.body());
            if ("close".equals(answer.headers().get("connection"))) {
                assertTrue(client.isClosed());
            } else {
                assertEquals(200, client.send(HEALTH).read().status());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1234", "127.0.0.1:80", "[::1]:80", "app.localhost", "here.example:1"})
    void names_ofTheServer(String host) throws IOException {
        try (TestServer server =
                new TestServer().start(options -> options.withAllowedHosts(List.of("Here.Example")))) {
            assertEquals(
                    200,
                    server.ask("GET /health HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example:8080", "localhost.evil.example", "192.168.0.7", "", "[::2]", "localhost:80:80"})
    void namesOfOthers_areRefused(String host) throws IOException {
        try (TestServer server = new TestServer().start()) {
            RawClient.Answer answer = server.ask("GET /health HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertEquals(421, answer.status());
            assertEquals(
                    """
                    {"error":{"message":"host: '%s' is not a name of this server; its --allowed-host adds names",\
                    "type":"invalid_request_error","param":null,"code":"unknown_host"}}"""
                            .formatted(HostNames.withoutPort(host)),
                    answer.body());
        }
    }

    @Test
    void allAddresses_haveNumbersForNames() {
        HostNames names = new HostNames("0.0.0.0", List.of());
        assertTrue(names.accept("192.168.0.7:8080"));
        assertTrue(names.accept("[fe80::1]:8080"));
        assertFalse(names.accept("evil.example"));
        assertFalse(names.accept("1.2.3.4.evil.example"));
    }

    @Test
    void pagesOfOthers_areRefused() throws IOException {
        String request = "POST /echo HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 0\r\nOrigin: %s\r\n\r\n";
        try (TestServer server =
                new TestServer().start(options -> options.withCorsOrigins(List.of("https://friend.example")))) {
            RawClient.Answer own = server.ask(request.formatted("http://localhost:8080"));
            assertEquals(200, own.status());
            assertNull(own.headers().get("access-control-allow-origin"));
            RawClient.Answer friend = server.ask(request.formatted("https://friend.example"));
            assertEquals(200, friend.status());
            assertEquals("https://friend.example", friend.headers().get("access-control-allow-origin"));
            for (String stranger : List.of("https://evil.example", "null", "http://localhost:80")) {
                RawClient.Answer refused = server.ask(request.formatted(stranger));
                assertEquals(403, refused.status());
                assertEquals(
                        """
                        {"error":{"message":"origin: pages of '%s' may not use this server; its --cors-origin adds \
                        origins","type":"invalid_request_error","param":null,"code":"unknown_origin"}}"""
                                .formatted(stranger),
                        refused.body());
                assertNull(refused.headers().get("access-control-allow-origin"));
            }
        }
    }

    @Test
    void preflight_isAnsweredToFriendsOnly() throws IOException {
        String request = "OPTIONS /echo HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\n"
                + "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,x-a\r\n\r\n";
        try (TestServer server = new TestServer()
                .start(options -> options.withKeys(List.of("key")).withCorsOrigins(List.of("https://friend.example")))) {
            RawClient.Answer friend = server.ask(request.formatted("https://friend.example"));
            assertEquals(204, friend.status());
            assertEquals("GET, POST", friend.headers().get("access-control-allow-methods"));
            assertEquals("authorization,x-a", friend.headers().get("access-control-allow-headers"));
            assertEquals(403, server.ask(request.formatted("https://evil.example")).status());
        }
    }

    @Test
    void controlCharacters_doNotReachTheLog() throws IOException {
        try (TestServer server = new TestServer().start()) {
            server.ask("GET /a%0ab%1b[31m\u00e9 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            server.ask(HEALTH);
            assertTrue(
                    server.log().codePoints().allMatch(c -> c == '\n' || c >= ' ' && c < 127),
                    () -> new String(server.log().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        }
    }
}
