package io.peregrine.cli.serve;

import java.util.Map;
import java.util.TreeMap;

/// What browsers ask before pages of other origins may use the server: allowed ones only, by default none.
final class Cors {

    private Cors() {}

    /// Answers the question that comes before a request.
    static void preflight(Exchange exchange) {
        Map<String, String> headers = new TreeMap<>();
        headers.put("access-control-allow-methods", "GET, POST");
        headers.put("access-control-max-age", "600");
        String asked = exchange.request().header("access-control-request-headers");
        if (asked != null) {
            headers.put("access-control-allow-headers", asked);
        }
        exchange.respond(new Response(204, headers, new byte[0]));
    }
}
