package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// A server with the real page and the real HTTP below it, but answers that a test makes up.
final class StubModel implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    private volatile boolean loading;
    private volatile Handler chat = exchange -> answer(exchange, "Yes.");

    StubModel(HttpOptions options) throws IOException {
        Routes routes = new Routes();
        Page.addTo(routes);
        routes.add("GET", "/v1/models", Access.MODEL, exchange -> {
            checkLoaded();
            exchange.respond(Response.json(200, JSON.readTree("{\"object\":\"list\",\"data\":[{\"id\":\"stub\"}]}")));
        });
        routes.add("POST", "/v1/chat/completions", Access.MODEL, exchange -> {
            checkLoaded();
            requests.add(JSON.readTree(exchange.request().body()));
            chat.handle(exchange);
        });
        RequestLog log = new RequestLog(new PrintStream(OutputStream.nullOutputStream()), RequestLog.Form.TEXT);
        server = HttpServer.start(options, routes, () -> Phase.READY, new Metrics(Map.of("version", "test")), log);
    }

    /// From now on, questions are answered like this.
    void answerWith(Handler handler) {
        chat = handler;
    }

    /// From now on, the server says that its model is being loaded, or no more.
    void load(boolean on) {
        loading = on;
    }

    private void checkLoaded() {
        if (loading) {
            throw ApiException.unavailable("loading", "the model is being loaded", 1);
        }
    }

    /// The page's address.
    String url() {
        return "http://127.0.0.1:" + server.address().getPort() + "/";
    }

    InetSocketAddress address() {
        return server.address();
    }

    /// What was asked so far.
    List<JsonNode> requests() {
        return requests;
    }

    /// Streams a text word by word, and then the usage.
    static void answer(Exchange exchange, String text) {
        EventStream events = exchange.stream();
        String[] words = text.split("(?<=\\s)");
        for (String word : words) {
            events.send(piece(word));
        }
        end(events, words.length);
    }

    static void end(EventStream events, int tokens) {
        events.send("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");
        events.send("{\"choices\":[],\"usage\":{\"prompt_tokens\":90,\"completion_tokens\":" + tokens
                + ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"image_tokens\":64}}}");
        events.send("[DONE]");
    }

    static String piece(String text) {
        ObjectNode chunk = JSON.createObjectNode();
        chunk.putArray("choices").addObject().put("index", 0).putObject("delta").put("content", text);
        return chunk.toString();
    }

    @Override
    public void close() {
        server.close();
    }
}
