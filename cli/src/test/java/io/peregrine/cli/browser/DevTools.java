package io.peregrine.cli.browser;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/// A connection to a Chromium by its DevTools protocol: commands with their results, and events by session. Safe for
/// any thread. Source: chromedevtools.github.io/devtools-protocol.
final class DevTools implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final Map<String, BiConsumer<String, JsonNode>> listeners = new ConcurrentHashMap<>();

    DevTools(URI address) {
        this.socket = client.newWebSocketBuilder()
                .connectTimeout(PATIENCE)
                .buildAsync(address, new Messages())
                .join();
    }

    /// Runs a command and waits for its result.
    ///
    /// @param session empty for the browser itself
    /// @param parameters names and values by turns
    /// @throws IllegalStateException with the browser's words if it refuses
    JsonNode send(String session, String method, Object... parameters) {
        int id = ids.incrementAndGet();
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        ObjectNode params = message.putObject("params");
        for (int i = 0; i < parameters.length; i += 2) {
            params.set((String) parameters[i], JSON.valueToTree(parameters[i + 1]));
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        pending.put(id, answer);
        synchronized (this) {
            socket.sendText(message.toString(), true).join();
        }
        try {
            JsonNode result = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (result.has("error")) {
                throw new IllegalStateException(method + ": " + result.get("error"));
            }
            return result.path("result");
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(method + ": no answer of the browser", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(method + ": interrupted", e);
        }
    }

    /// Has the events of a session told, from the thread of the connection, which must not be held up.
    void listen(String session, BiConsumer<String, JsonNode> listener) {
        listeners.put(session, listener);
    }

    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
    }

    private void received(String text) {
        JsonNode message;
        try {
            message = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the browser does not send JSON", e);
        }
        if (message.has("id")) {
            CompletableFuture<JsonNode> answer = pending.remove(message.get("id").asInt());
            if (answer != null) {
                answer.complete(message);
            }
            return;
        }
        BiConsumer<String, JsonNode> listener = listeners.get(message.path("sessionId").asText());
        if (listener != null) {
            listener.accept(message.path("method").asText(), message.path("params"));
        }
    }

    /// Puts together what comes in parts.
    private final class Messages implements WebSocket.Listener {

        private final StringBuilder parts = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                String whole = parts.toString();
                parts.setLength(0);
                received(whole);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            pending.values().forEach(answer -> answer.completeExceptionally(error));
        }
    }
}
