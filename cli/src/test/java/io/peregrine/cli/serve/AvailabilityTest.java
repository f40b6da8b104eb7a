package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFileException;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Scheduler;
import io.peregrine.model.SchedulerOptions;
import io.peregrine.model.Ticket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Times at which requests are refused: catalogue 62.
class AvailabilityTest {

    private static final Path MODEL = Path.of("src/main/resources/io/peregrine/cli/demo/shapes-text-Q8_0.gguf");
    private static final String ECHO = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String WAIT = "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static String unavailable(String message, String code) {
        return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"server_error\",\"param\":null,\"code\":\"" + code
                + "\"}}";
    }

    @Test
    @DisplayName("62 queue-full")
    void fullQueue_isToldWithATime() throws Exception {
        try (Model model = Model.load(MODEL);
                Scheduler scheduler =
                        model.newScheduler(SchedulerOptions.defaults().withSequences(1).withWaiting(1))) {
            GenerateOptions endless = GenerateOptions.greedy().withIgnoreEnd(true);
            TestServer server = new TestServer();
            server.routes.add("GET", "/ask", Access.MODEL, exchange -> {
                scheduler.submit(Prompt.raw("a"), endless.withMaxTokens(2), GenerateListener.NONE)
                        .await();
                exchange.respond(Response.text(200, "text/plain", "answered"));
            });
            CountDownLatch running = new CountDownLatch(1);
            Ticket first = scheduler.submit(Prompt.raw("a"), endless, text -> {
                running.countDown();
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            assertTrue(running.await(10, TimeUnit.SECONDS));
            Ticket second = scheduler.submit(Prompt.raw("a"), endless, GenerateListener.NONE);
            try (TestServer _ = server.start()) {
                RawClient.Answer answer = server.ask("GET /ask HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertEquals(503, answer.status());
                String seconds = answer.headers().get("retry-after");
                assertTrue(seconds.matches("[1-9][0-9]*"), seconds);
                assertEquals(
                        unavailable(
                                "1 requests wait already, which is the most; try again in " + seconds + " seconds",
                                "queue_full"),
                        answer.body());
                first.cancel();
                second.cancel();
                first.await();
                second.await();
                assertEquals(
                        200,
                        server.ask("GET /ask HTTP/1.1\r\nHost: localhost\r\n\r\n").status());
            }
        }
    }

    @Test
    @DisplayName("62 loading")
    void whileTheModelLoads_thePortIsOpen() throws IOException {
        Metrics metrics = new Metrics(Map.of());
        Service loading = new Service();
        try (HttpServer http = HttpServer.start(
                HttpOptions.defaults(),
                routes(loading, metrics)
                        .add("GET", "/model", Access.MODEL, exchange -> exchange.respond(Response.text(
                                200, "text/plain", loading.loaded().id()))),
                loading::phase,
                metrics,
                new RequestLog(System.err, RequestLog.Form.NONE))) {
            try (RawClient client = new RawClient(http.address())) {
                RawClient.Answer health = client.send(HEALTH).read();
                assertEquals(503, health.status());
                assertEquals("{\"status\":\"loading\"}", health.body());
                RawClient.Answer model = client.send("GET /model HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
                assertEquals(503, model.status());
                assertEquals("5", model.headers().get("retry-after"));
                assertEquals(unavailable("the model is being loaded", "loading"), model.body());
                assertThrows(ApiException.class, loading::loaded);
                loading.ready(new Service.Loaded("here", 0, null, null, null, null));
                assertEquals("here", client.send("GET /model HTTP/1.1\r\nHost: localhost\r\n\r\n").read().body());
                assertEquals(200, client.send(HEALTH).read().status());
            }
        }
    }

    private static Routes routes(Service service, Metrics metrics) {
        Routes routes = new Routes();
        StatusRoutes.addTo(routes, service, metrics);
        return routes;
    }

    @Test
    @DisplayName("62 shutting-down")
    void answersUnderWay_areFinished() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        TestServer server = new TestServer();
        CountDownLatch begun = server.addWait(go);
        try (TestServer _ = server.start();
                RawClient client = server.client();
                RawClient idle = server.client()) {
            assertEquals(200, idle.send(HEALTH).read().status());
            client.send(WAIT);
            assertTrue(begun.await(10, TimeUnit.SECONDS));
            server.service.stop();
            Thread later = Thread.ofVirtual().start(() -> {
                try {
                    RawClient.Answer refused = server.ask(ECHO);
                    assertEquals(503, refused.status());
                    assertEquals("10", refused.headers().get("retry-after"));
                    assertEquals("close", refused.headers().get("connection"));
                    assertEquals(unavailable("the server is shutting down", "shutting_down"), refused.body());
                    RawClient.Answer health = server.ask(HEALTH);
                    assertEquals(503, health.status());
                    assertEquals("{\"status\":\"stopping\"}", health.body());
                    go.countDown();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertTrue(server.server().drain(Duration.ofSeconds(10)));
            later.join();
            RawClient.Answer answer = client.read();
            assertEquals(200, answer.status());
            assertEquals("waited", answer.body());
            assertEquals(0, go.getCount());
            assertTrue(idle.isClosed());
            assertTrue(client.isClosed());
        }
    }

    @Test
    @DisplayName("62 shutting-down")
    void answersThatTakeTooLong_areGivenUp() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        TestServer server = new TestServer();
        server.routes.add("GET", "/wait", Access.MODEL, exchange -> {
            CountDownLatch gone = new CountDownLatch(1);
            exchange.onGone(gone::countDown);
            begun.countDown();
            assertTrue(gone.await(10, TimeUnit.SECONDS));
        });
        try (TestServer _ = server.start();
                RawClient client = server.client()) {
            client.send(WAIT);
            assertTrue(begun.await(10, TimeUnit.SECONDS));
            server.service.stop();
            assertFalse(server.server().drain(Duration.ofMillis(100)));
            RawClient.Answer answer = client.read();
            assertEquals(503, answer.status());
            assertEquals(unavailable("the server is shutting down", "shutting_down"), answer.body());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void changedModelFile_isToldAndTheServiceLives() throws Exception {
        TestServer server = new TestServer();
        server.routes.add("GET", "/ask", Access.MODEL, _ -> {
            throw new ModelFileException("model.gguf", "was changed", "load it again");
        });
        try (TestServer _ = server.start()) {
            RawClient.Answer answer = server.ask("GET /ask HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals(503, answer.status());
            assertEquals(unavailable("model.gguf: was changed; load it again", "model_file"), answer.body());
            assertEquals(200, server.ask(HEALTH).status());
        }
    }

    @Test
    void outOfMemory_isToldAndTheServiceLives() throws Exception {
        TestServer server = new TestServer();
        server.routes.add("GET", "/ask", Access.MODEL, _ -> {
            throw new OutOfMemoryError("Java heap space");
        });
        try (TestServer _ = server.start()) {
            RawClient.Answer answer = server.ask("GET /ask HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals(503, answer.status());
            assertEquals(
                    unavailable("the server has not enough memory for this request now", "out_of_memory"),
                    answer.body());
            assertEquals(200, server.ask(HEALTH).status());
        }
    }

    @Test
    void portInUse_isToldInOneLine() throws Exception {
        try (TestServer server = new TestServer().start()) {
            int port = server.server().address().getPort();
            IOException error = assertThrows(
                    IOException.class, () -> new TestServer().start(options -> options.withAddress("127.0.0.1", port)));
            assertEquals(
                    "127.0.0.1:" + port + ": Address already in use; take another port with --port, or an address of this"
                            + " machine with --host",
                    error.getMessage());
        }
    }
}
