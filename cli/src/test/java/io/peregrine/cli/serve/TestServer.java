package io.peregrine.cli.serve;

import io.peregrine.cli.serve.HttpOptions.Timeouts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// A server on a free port of loopback with a few routes: `/health`, `/metrics`, and `POST /echo`, which gives the body
/// back; others are added before it starts.
final class TestServer implements AutoCloseable {

    /// So short that tests may wait for them.
    static final Timeouts SHORT = new Timeouts(
            Duration.ofMillis(400),
            Duration.ofMillis(400),
            Duration.ofMillis(600),
            Duration.ofMillis(300),
            Duration.ofMillis(100),
            Duration.ofMillis(300));

    final Service service = new Service();
    final Metrics metrics = new Metrics(Map.of("version", "test"));
    final Routes routes = new Routes();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private HttpServer server;

    TestServer() {
        StatusRoutes.addTo(routes, service, metrics);
        routes.add(
                "POST",
                "/echo",
                Access.MODEL,
                exchange -> exchange.respond(Response.of(
                        200, "text/plain; charset=utf-8", exchange.request().body())));
        service.ready(new Service.Loaded("test", 0, null, null, null, null));
    }

    TestServer start() throws IOException {
        return start(options -> options);
    }

    TestServer start(UnaryOperator<HttpOptions> options) throws IOException {
        server = HttpServer.start(
                options.apply(HttpOptions.defaults()),
                routes,
                service::phase,
                metrics,
                new RequestLog(new PrintStream(log, true, StandardCharsets.UTF_8), RequestLog.Form.TEXT));
        return this;
    }

    HttpServer server() {
        return server;
    }

    RawClient client() throws IOException {
        return new RawClient(server.address());
    }

    /// The answer to one request over a connection of its own.
    RawClient.Answer ask(String request) throws IOException {
        try (RawClient client = client()) {
            return client.send(request).read();
        }
    }

    /// What was logged so far.
    String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    /// Adds a route `GET /wait` that answers when the latch is down.
    ///
    /// @return counted down by each request that has begun
    CountDownLatch addWait(CountDownLatch latch) {
        CountDownLatch begun = new CountDownLatch(1);
        routes.add("GET", "/wait", Access.MODEL, exchange -> {
            begun.countDown();
            if (!latch.await(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody came");
            }
            exchange.respond(Response.text(200, "text/plain; charset=utf-8", "waited"));
        });
        return begun;
    }

    @Override
    public void close() {
        server.close();
    }
}
