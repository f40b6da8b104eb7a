package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `/metrics`, read back by the rules of the text format.
class MetricsTest {

    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE = Pattern.compile(
            "(" + NAME + ")(\\{" + LABEL + "(?:," + LABEL + ")*\\})? (NaN|[+-]Inf|-?[0-9.]+(?:E-?[0-9]+)?)");
    private static final Pattern HEAD = Pattern.compile("# (HELP|TYPE) (" + NAME + ") (.+)");

    /// Samples by name and labels, after checks of what the format asks for.
    private static Map<String, Double> parse(String text) {
        assertTrue(text.endsWith("\n"), "the last line has an end, too");
        Map<String, Double> samples = new TreeMap<>();
        Map<String, String> types = new HashMap<>();
        Set<String> helped = new HashSet<>();
        for (String line : text.split("\n")) {
            Matcher head = HEAD.matcher(line);
            if (line.startsWith("#")) {
                assertTrue(head.matches(), line);
                if (head.group(1).equals("HELP")) {
                    assertTrue(helped.add(head.group(2)), "one HELP each: " + line);
                } else {
                    assertEquals(null, types.put(head.group(2), head.group(3)), "one TYPE each: " + line);
                    assertTrue(Set.of("counter", "gauge", "histogram").contains(head.group(3)), line);
                }
                continue;
            }
            Matcher sample = SAMPLE.matcher(line);
            assertTrue(sample.matches(), line);
            String name = sample.group(1);
            String family = name.replaceAll("_(bucket|sum|count)$", "");
            String type = types.getOrDefault(name, types.get(family));
            assertTrue(type != null && (type.equals("histogram") || types.containsKey(name)), "TYPE before: " + line);
            assertEquals(type.equals("counter"), name.endsWith("_total"), line);
            String key = name + (sample.group(2) == null ? "" : sample.group(2));
            double value = sample.group(3).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(sample.group(3));
            assertEquals(null, samples.put(key, value), "once: " + line);
        }
        return samples;
    }

    @Test
    void requests_areCountedByRouteAndStatus() throws IOException {
        TestServer server = new TestServer();
        server.routes.add("POST", "/answer", Access.MODEL, exchange -> {
            exchange.usage(new TokenUsage(20, 9, 5, 7));
            exchange.respond(Response.text(200, "text/plain", "answer"));
        });
        try (TestServer _ = server.start();
                RawClient client = server.client()) {
            client.send("POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").read();
            client.send("POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").read();
            for (int i = 0; i < 5; i++) {
                client.send("GET /nothing" + i + " HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            }
            RawClient.Answer answer = client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            assertEquals("text/plain; version=0.0.4; charset=utf-8", answer.headers().get("content-type"));
            Map<String, Double> samples = parse(answer.body());
            assertEquals(1, samples.get("peregrine_build_info{version=\"test\"}"));
            assertEquals(2, samples.get("peregrine_http_requests_total{route=\"/answer\",status=\"200\"}"));
            assertEquals(5, samples.get("peregrine_http_requests_total{route=\"other\",status=\"404\"}"));
            assertEquals(40, samples.get("peregrine_prompt_tokens_total"));
            assertEquals(18, samples.get("peregrine_image_tokens_total"));
            assertEquals(10, samples.get("peregrine_reused_tokens_total"));
            assertEquals(14, samples.get("peregrine_completion_tokens_total"));
            assertEquals(1, samples.get("peregrine_http_connections"));
            assertEquals(1, samples.get("peregrine_http_requests_in_flight"));
            String duration = "peregrine_http_request_duration_seconds";
            assertEquals(2, samples.get(duration + "_bucket{le=\"+Inf\",route=\"/answer\"}"));
            assertEquals(2, samples.get(duration + "_bucket{le=\"300\",route=\"/answer\"}"));
            assertEquals(2, samples.get(duration + "_count{route=\"/answer\"}"));
            assertTrue(samples.get(duration + "_sum{route=\"/answer\"}") > 0);
        }
    }

    @Test
    void buckets_areCumulative() {
        Metrics metrics = new Metrics(Map.of("version", "a\"b\\c\nd"));
        metrics.request("/r", 200, 7_000_000, null);
        metrics.request("/r", 200, 700_000_000, null);
        metrics.request("/r", 500, 400_000_000_000L, null);
        metrics.gauge("unknown", "Not known.", () -> Double.NaN);
        metrics.gauge("large", "Large.", () -> 3e20);
        Map<String, Double> samples = parse(metrics.text());
        String bucket = "peregrine_http_request_duration_seconds_bucket{le=\"%s\",route=\"/r\"}";
        assertEquals(0, samples.get(bucket.formatted("0.005")));
        assertEquals(1, samples.get(bucket.formatted("0.01")));
        assertEquals(1, samples.get(bucket.formatted("0.5")));
        assertEquals(2, samples.get(bucket.formatted("1")));
        assertEquals(2, samples.get(bucket.formatted("300")));
        assertEquals(3, samples.get(bucket.formatted("+Inf")));
        assertEquals(400.707, samples.get("peregrine_http_request_duration_seconds_sum{route=\"/r\"}"), 1e-6);
        assertEquals(1, samples.get("peregrine_build_info{version=\"a\\\"b\\\\c\\nd\"}"));
        assertEquals(3e20, samples.get("large"));
        assertTrue(samples.get("unknown").isNaN());
    }
}
