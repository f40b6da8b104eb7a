package io.peregrine.cli.serve.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.cli.serve.RawClient;
import io.peregrine.model.SchedulerStats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Clients that go away while their request is worked on.
class DisconnectTest {

    private static ApiServer server;

    @BeforeAll
    static void start() throws IOException {
        server = ApiServer.demo();
        server.chat("{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":1}");
    }

    @AfterAll
    static void stop() {
        String log = server.log();
        server.close();
        assertFalse(log.contains("Exception"), log);
    }

    /// Sends a request, goes away while it is worked on, and waits for the end of the work.
    ///
    /// @param bytesFirst bytes of the answer that are read before
    private static void goAway(String path, String body, int bytesFirst) throws Exception {
        SchedulerStats before = server.scheduler().stats();
        try (RawClient client = new RawClient(server.address())) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + bytes.length + "\r\n\r\n")
                    .send(bytes);
            await(() -> server.scheduler().stats().running() > 0);
            client.socket().getInputStream().readNBytes(bytesFirst);
        }
        await(() -> server.scheduler().stats().running() == 0);
        SchedulerStats after = server.scheduler().stats();
        assertEquals(before.cancelled() + 1, after.cancelled(), after.toString());
        assertEquals(before.completed(), after.completed(), after.toString());
        assertEquals(before.failed(), after.failed(), after.toString());
        assertEquals(0, after.waiting());
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> server.scheduler().stats().toString());
            Thread.sleep(1);
        }
    }

    private static String tokens(int count) {
        return IntStream.range(0, count).mapToObj(i -> Integer.toString(300 + i % 97)).collect(Collectors.joining(","));
    }

    @Test
    @DisplayName("61 disconnect-mid-stream")
    void clientThatLeavesAStream_endsTheWork() throws Exception {
        goAway(
                "/v1/completions",
                "{\"prompt\":[" + tokens(3) + "],\"max_tokens\":2000,\"temperature\":2,\"stream\":true}",
                400);
    }

    @Test
    @DisplayName("61 disconnect-mid-stream")
    void clientThatLeavesAWholeAnswer_endsTheWork() throws Exception {
        goAway("/v1/completions", "{\"prompt\":[" + tokens(5) + "],\"max_tokens\":2000,\"temperature\":2}", 0);
    }

    @Test
    @DisplayName("61 disconnect-mid-prefill")
    void clientThatLeavesWhileItsPromptIsRead_endsTheWork() throws Exception {
        long answered = server.scheduler().stats().answerTokens();
        goAway("/v1/completions", "{\"prompt\":[" + tokens(2000) + "],\"max_tokens\":40}", 0);
        assertEquals(answered, server.scheduler().stats().answerTokens());
    }

    @Test
    @DisplayName("61 disconnect-mid-image")
    void clientThatLeavesWhileItsPicturesAreEncoded_endsTheWork() throws Exception {
        StringBuilder pictures = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            pictures.append("{\"type\":\"image_url\",\"image_url\":{\"url\":\"")
                    .append(ApiServer.demoPicture(i))
                    .append("\"}},");
        }
        long answered = server.scheduler().stats().answerTokens();
        goAway(
                "/v1/chat/completions",
                "{\"messages\":[{\"role\":\"user\",\"content\":[" + pictures + "{\"type\":\"text\",\"text\":\"hello\"}]}]}",
                0);
        assertEquals(answered, server.scheduler().stats().answerTokens());
    }

    @Test
    void streamThatFails_tellsItAsItsLastEvent() throws Exception {
        try (ApiServer other = ApiServer.toy("text_llama_bpe", false, null);
                RawClient client = new RawClient(other.address())) {
            String body = "{\"prompt\":\"The\",\"max_tokens\":2000,\"temperature\":2,\"stream\":true}";
            client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body);
            await(() -> other.scheduler().stats().running() > 0);
            other.scheduler().close();
            List<String> events = client.read().body().lines().filter(line -> !line.isEmpty()).toList();
            assertEquals(
                    "data: {\"error\":{\"message\":\"the server is shutting down\",\"type\":\"server_error\","
                            + "\"param\":null,\"code\":\"shutting_down\"}}",
                    events.getLast());
            assertFalse(events.contains("data: [DONE]"));
        }
    }

    @Test
    void serverGoesOn_afterClientsThatLeft() {
        assertEquals(
                200,
                server.chat("{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":1}").status());
    }
}
