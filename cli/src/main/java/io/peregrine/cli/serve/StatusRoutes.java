package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/// What a server tells about itself: `/health` to everybody, `/metrics` to those with a key.
public final class StatusRoutes {

    private StatusRoutes() {}

    /// Adds them.
    public static void addTo(Routes routes, Service service, Metrics metrics) {
        routes.add("GET", "/health", Access.OPEN, exchange -> exchange.respond(health(service.phase())));
        routes.add(
                "GET",
                "/metrics",
                Access.KEY,
                exchange -> exchange.respond(
                        Response.text(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text())));
    }

    private static Response health(Phase phase) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (phase == Phase.READY) {
            return Response.json(200, body.put("status", "ok"));
        }
        return Response.json(503, body.put("status", phase.name().toLowerCase(Locale.ROOT)))
                .withHeader("retry-after", "5");
    }
}
