package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Requests that are too large, and clients that are too slow: catalogue 59 and 60.
class HostileRequestsTest {

    private static final String POST = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static String error(String message, String code) {
        return "{\"error\":{\"message\":\"" + message
                + "\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"" + code + "\"}}";
    }

    // ---- 59 ------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("59 body-too-large")
    void announcedBody_isRefusedBeforeItComes() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            RawClient.Answer answer =
                    client.send(POST + "Content-Length: 33554433\r\nExpect: 100-continue\r\n\r\n").read();
            assertEquals(413, answer.status());
            assertEquals(
                    error(
                            "the body is larger than the limit of 33554432 bytes; the server's --max-body raises it",
                            "body_too_large"),
                    answer.body());
            assertEquals("close", answer.headers().get("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    @DisplayName("59 body-too-large")
    void bodyOfTheLimit_isTaken() throws IOException {
        try (TestServer server = new TestServer()
                        .start(options -> options.withLimits(options.limits().withBody(1000)));
                RawClient client = server.client()) {
            assertEquals(
                    1000,
                    client.send(POST + "Content-Length: 1000\r\n\r\n" + "x".repeat(1000))
                            .read()
                            .body()
                            .length());
            assertEquals(413, client.send(POST + "Content-Length: 1001\r\n\r\n").read().status());
        }
    }

    @Test
    @DisplayName("59 chunked-endless")
    void endlessChunks_endAtTheLimit() throws Exception {
        int limit = 1 << 20;
        try (TestServer server = new TestServer()
                        .start(options -> options.withLimits(options.limits().withBody(limit)));
                RawClient client = server.client()) {
            client.send(POST + "Transfer-Encoding: chunked\r\n\r\n");
            Thread endless = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        client.send("4000\r\n" + "x".repeat(0x4000) + "\r\n");
                    }
                } catch (IOException e) {
                    // The server has had enough.
                }
            });
            RawClient.Answer answer = client.read();
            assertEquals(413, answer.status());
            assertEquals(
                    error(
                            "the body is larger than the limit of 1048576 bytes; the server's --max-body raises it",
                            "body_too_large"),
                    answer.body());
            assertTrue(endless.join(Duration.ofSeconds(10)));
            assertEquals(200, server.ask(HEALTH).status());
        }
    }

    @Test
    @DisplayName("59 body-too-large")
    void bodiesTogether_haveALimit() throws IOException {
        try (TestServer server = new TestServer()
                .start(options -> options.withLimits(options.limits().withBody(100_000).withBodies(150_000)))) {
            String begun = POST + "Content-Length: 100000\r\n\r\n" + "x".repeat(99_999);
            try (RawClient first = server.client();
                    RawClient second = server.client()) {
                first.send(begun);
                while (server.ask(POST + "Content-Length: 70000\r\n\r\n" + "x".repeat(70_000)).status() == 200) {
                    Thread.onSpinWait();
                }
                RawClient.Answer answer = second.send(begun + "x").read();
                assertEquals(503, answer.status());
                assertEquals("1", answer.headers().get("retry-after"));
                assertEquals(
                        """
                        {"error":{"message":"too many large requests at a time","type":"server_error","param":null,\
                        "code":"busy"}}""",
                        answer.body());
                assertEquals(200, first.send("x").read().status());
            }
            assertEquals(
                    200,
                    server.ask(POST + "Content-Length: 100000\r\n\r\n" + "x".repeat(100_000)).status());
        }
    }

    @Test
    @DisplayName("59 header-flood")
    void manyHeaders_areRefused() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            RawClient.Answer answer =
                    client.send("GET /health HTTP/1.1\r\n" + "X-A: b\r\n".repeat(3000)).read();
            assertEquals(431, answer.status());
            assertEquals(
                    error("the headers are longer than the limit of 16384 bytes together", "headers_too_large"),
                    answer.body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @DisplayName("59 header-flood")
    void longHeader_isRefused() throws IOException {
        try (TestServer server = new TestServer().start()) {
            assertEquals(
                    431,
                    server.ask("GET /health HTTP/1.1\r\nX: " + "y".repeat(20_000)).status());
            assertEquals(
                    200,
                    server.ask("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(16_000) + "\r\n\r\n")
                            .status());
        }
    }

    @Test
    @DisplayName("59 header-flood")
    void trailers_haveTheSameLimit() throws IOException {
        try (TestServer server = new TestServer().start()) {
            RawClient.Answer answer = server.ask(
                    POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + "X-A: b\r\n".repeat(3000));
            assertEquals(431, answer.status());
        }
    }

    @Test
    @DisplayName("59 header-flood")
    void longFirstLine_isRefused() throws IOException {
        try (TestServer server = new TestServer().start();
                RawClient client = server.client()) {
            RawClient.Answer answer = client.send("GET /" + "a".repeat(9000)).read();
            assertEquals(414, answer.status());
            assertEquals(
                    error(
                            "the first line of the request is longer than the limit of 8192 bytes",
                            "request_line_too_large"),
                    answer.body());
            assertTrue(client.isClosed());
        }
    }

    // ---- 60 ------------------------------------------------------------------------------------------------------

    /// Sends a byte now and then until the server answers.
    private static RawClient.Answer drip(RawClient client, String text) throws Exception {
        Thread dripping = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; ; i++) {
                    client.send(text.substring(i % text.length(), i % text.length() + 1));
                    Thread.sleep(50);
                }
            } catch (IOException | InterruptedException e) {
                // The server has had enough, or the test has.
            }
        });
        try {
            return client.read();
        } finally {
            dripping.interrupt();
            dripping.join();
        }
    }

    @Test
    @DisplayName("60 slow-loris")
    void headersThatDrip_areGivenUp() throws Exception {
        try (TestServer server = new TestServer().start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient client = server.client()) {
            client.send("GET /health HTTP/1.1\r\n");
            RawClient.Answer answer = drip(client, "X-A: b\r\n");
            assertEquals(408, answer.status());
            assertEquals(
                    error("the headers of the request came too slowly, the limit is 400 ms", "request_timeout"),
                    answer.body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @DisplayName("60 slow-loris")
    void bodyThatDrips_isGivenUp() throws Exception {
        try (TestServer server = new TestServer().start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient client = server.client()) {
            client.send(POST + "Content-Length: 1000000\r\n\r\n");
            RawClient.Answer answer = drip(client, "x");
            assertEquals(408, answer.status());
            assertEquals(
                    error("the body of the request came too slowly, the limit is 400 ms", "request_timeout"),
                    answer.body());
            assertTrue(client.isClosed());
            assertTrue(server.metrics.text().contains("\nperegrine_http_timeouts_total 1\n"), server.metrics.text());
        }
    }

    @Test
    @DisplayName("60 slow-loris")
    void silentConnections_areClosed() throws Exception {
        try (TestServer server = new TestServer().start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient silent = server.client();
                RawClient idle = server.client()) {
            assertEquals(200, idle.send(HEALTH).read().status());
            assertTrue(idle.isClosed());
            assertTrue(silent.isClosed());
        }
    }

    @Test
    @DisplayName("60 slow-loris")
    void manyOfThem_doNotKeepOthersOut() throws Exception {
        try (TestServer server = new TestServer()
                .start(options -> options.withTimeouts(TestServer.SHORT)
                        .withLimits(options.limits().withConnections(20)))) {
            List<RawClient> loris = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                loris.add(server.client().send("GET /health HTTP/1.1\r\n"));
            }
            RawClient.Answer busy = server.ask(HEALTH);
            assertEquals(503, busy.status());
            assertEquals("1", busy.headers().get("retry-after"));
            assertEquals(
                    """
                    {"error":{"message":"too many connections at a time","type":"server_error","param":null,\
                    "code":"busy"}}""",
                    busy.body());
            for (RawClient one : loris) {
                assertEquals(408, one.read().status());
                one.close();
            }
            RawClient.Answer answer = server.ask(HEALTH);
            for (int i = 0; i < 50 && answer.status() != 200; i++) {
                Thread.sleep(20);
                answer = server.ask(HEALTH);
            }
            assertEquals(200, answer.status());
        }
    }

    @Test
    @DisplayName("60 stalled-reader")
    void readerThatStalls_isGivenUpAndItsWorkEnds() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        String event = "x".repeat(10_000);
        TestServer server = new TestServer();
        server.routes.add("GET", "/events", Access.MODEL, exchange -> {
            exchange.onGone(cancelled::countDown);
            EventStream events = exchange.stream();
            int sent = 0;
            while (events.send(event)) {
                sent++;
                assertFalse(sent > 100_000, "the server keeps what nobody reads");
            }
            ended.countDown();
        });
        try (TestServer _ = server.start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient client = server.client()) {
            client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(cancelled.await(10, TimeUnit.SECONDS));
            assertTrue(ended.await(10, TimeUnit.SECONDS));
            assertTrue(server.server().drain(Duration.ofSeconds(1)));
        }
    }

    @Test
    @DisplayName("60 stalled-reader")
    void readerThatIsSlow_getsAll() throws Exception {
        int count = 60;
        String event = "x".repeat(100_000);
        TestServer server = new TestServer();
        server.routes.add("GET", "/events", Access.MODEL, exchange -> {
            EventStream events = exchange.stream();
            for (int i = 0; i < count; i++) {
                assertTrue(events.send(event));
            }
        });
        try (TestServer _ = server.start(options -> options.withTimeouts(TestServer.SHORT));
                RawClient client = server.client()) {
            client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            while (!client.line().isEmpty()) {
                // headers
            }
            long bytes = 0;
            for (String line = client.line(); !line.equals("0"); line = client.line()) {
                if (line.startsWith("data: ")) {
                    bytes += line.length() - "data: ".length();
                    Thread.sleep(20);
                }
            }
            assertEquals((long) count * event.length(), bytes);
        }
    }
}
