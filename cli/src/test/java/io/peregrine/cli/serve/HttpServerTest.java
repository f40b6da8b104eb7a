package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Connections, routes, answers and streams, spoken to over sockets.
class HttpServerTest {

    private final Service service = new Service();
    private final Metrics metrics = new Metrics(Map.of("version", "test"));
    private final Routes routes = new Routes();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private HttpServer server;

    private RawClient start(UnaryOperator<HttpOptions> options) throws IOException {
        StatusRoutes.addTo(routes, service, metrics);
        routes.add("POST", "/echo", Access.MODEL, exchange -> exchange.respond(
                Response.of(200, "text/plain; charset=utf-8", exchange.request().body())));
        service.ready(new Service.Loaded("test", 0, null, null, null, null));
        server = HttpServer.start(
                options.apply(HttpOptions.defaults()),
                routes,
                service::phase,
                metrics,
                new RequestLog(new PrintStream(log, true, StandardCharsets.UTF_8), RequestLog.Form.TEXT));
        return client();
    }

    private RawClient client() throws IOException {
        return new RawClient(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void health_isAnsweredOverAConnectionThatStays() throws IOException {
        try (RawClient client = start(options -> options)) {
            for (int i = 0; i < 3; i++) {
                RawClient.Answer answer = client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
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
    void goneClient_isNoticedWhileNothingIsWritten() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch noticed = new CountDownLatch(1);
        routes.add("GET", "/wait", Access.MODEL, exchange -> {
            exchange.onGone(noticed::countDown);
            begun.countDown();
            assertTrue(noticed.await(10, TimeUnit.SECONDS));
            assertTrue(exchange.gone());
        });
        try (RawClient client = start(options -> options)) {
            client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(begun.await(10, TimeUnit.SECONDS));
        }
        assertTrue(noticed.await(10, TimeUnit.SECONDS));
    }

    @Test
    void stream_isSentPieceByPiece() throws Exception {
        routes.add("GET", "/events", Access.MODEL, exchange -> {
            EventStream events = exchange.stream();
            assertTrue(events.send("{\"a\":1}"));
            assertTrue(events.send("two\nlines"));
            throw new ApiException(400, ApiException.INVALID_REQUEST, "code", "field", "message");
        });
        try (RawClient client = start(options -> options)) {
            RawClient.Answer answer = client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            assertEquals("text/event-stream; charset=utf-8", answer.headers().get("content-type"));
            assertEquals(
                    """
                    data: {"a":1}

                    data: two
                    data: lines

                    data: {"error":{"message":"message","type":"invalid_request_error","param":"field","code":"code"}}

                    """,
                    answer.body());
            assertEquals(
                    200, client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").read().status());
        }
    }

    @Test
    void body_comesWhole() throws Exception {
        try (RawClient client = start(options -> options)) {
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
}
