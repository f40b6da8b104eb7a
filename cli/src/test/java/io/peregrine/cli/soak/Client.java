package io.peregrine.cli.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// One client of the soak: does one [Deed] after the other, and looks at each answer. One thread.
final class Client implements Runnable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";

    /// The beginning that many prompts share.
    private static final String SYSTEM = "You look at pictures of simple shapes. You answer in short sentences, name"
            + " colours before shapes, and say how many there are when you are asked.";

    private static final List<String> QUESTIONS = List.of(
            "Describe the image.",
            "How many shapes are there?",
            "What is the background color?",
            "Is there a purple square?",
            "What is at the top left?");

    /// Bodies that must be refused, each for another reason.
    private static final List<String> BAD = List.of(
            "{",
            "[]",
            "{\"messages\":[]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"temperature\":-1}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":\"many\"}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"no_such_field\":1}",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                    + "\"data:image/png;base64,AAAA\"}}]}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                    + "\"http://127.0.0.1/a.png\"}}]}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                    + "\"file:///etc/passwd\"}}]}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"" + "word ".repeat(20_000) + "\"}]}");

    private final int port;
    private final List<byte[]> pictures;
    private final SplittableRandom random;
    private final long endNanos;
    private final int pauseMillis;
    private final Tally tally;

    /// @param pictures PNG files
    /// @param pauseMillis between two deeds, on average
    Client(int port, List<byte[]> pictures, long seed, long endNanos, int pauseMillis, Tally tally) {
        this.port = port;
        this.pictures = pictures;
        this.random = new SplittableRandom(seed);
        this.endNanos = endNanos;
        this.pauseMillis = pauseMillis;
        this.tally = tally;
    }

    @Override
    public void run() {
        while (System.nanoTime() < endNanos) {
            Deed deed = Deed.of(random.nextInt(100));
            long start = System.nanoTime();
            try {
                String wrong = done(deed);
                if (wrong.isEmpty()) {
                    tally.add(deed, start, System.nanoTime());
                } else {
                    tally.unexpected(deed, wrong);
                }
                TimeUnit.MILLISECONDS.sleep(random.nextInt(2 * pauseMillis + 1));
            } catch (IOException | RuntimeException e) {
                tally.unexpected(deed, e.toString());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /// @return what is wrong with the answer; empty if nothing is
    private String done(Deed deed) throws IOException, InterruptedException {
        return switch (deed) {
            case TEXT -> whole(CHAT, chat(false), "/choices/0/message/content");
            case STREAM -> stream(chat(true).put("stream", true));
            case PICTURE -> random.nextBoolean()
                    ? whole(CHAT, withPicture(chat(false)), "/choices/0/message/content")
                    : stream(withPicture(chat(true)).put("stream", true));
            case JSON -> json();
            case COMPLETION -> whole("/v1/completions", completion(), "/choices/0/text");
            case LEAVE_STREAM -> leaveStream();
            case LEAVE_PROMPT -> leavePrompt();
            case BAD -> bad();
            case WATCH -> watch();
        };
    }

    private ObjectNode chat(boolean isLong) {
        ObjectNode body = JSON.createObjectNode();
        body.put("max_tokens", isLong ? 48 : 4 + random.nextInt(24)).put("seed", random.nextInt(1000));
        ArrayNode messages = body.putArray("messages");
        if (random.nextInt(3) != 0) {
            messages.addObject().put("role", "system").put("content", SYSTEM);
        }
        String question = QUESTIONS.get(random.nextInt(QUESTIONS.size()));
        messages.addObject().put("role", "user").put("content", question);
        return body;
    }

    private ObjectNode withPicture(ObjectNode body) {
        ObjectNode message = (ObjectNode) body.get("messages").get(body.get("messages").size() - 1);
        String question = message.get("content").asText();
        ArrayNode content = message.putArray("content");
        byte[] picture = pictures.get(random.nextInt(pictures.size()));
        content.addObject()
                .put("type", "image_url")
                .putObject("image_url")
                .put("url", "data:image/png;base64," + Base64.getEncoder().encodeToString(picture));
        content.addObject().put("type", "text").put("text", question);
        return body;
    }

    private ObjectNode completion() {
        return JSON.createObjectNode()
                .put("prompt", QUESTIONS.get(random.nextInt(QUESTIONS.size())))
                .put("max_tokens", 8);
    }

    /// Sends until there is room; being told to come again later is no error.
    private Answer sent(String path, ObjectNode body) throws IOException, InterruptedException {
        while (true) {
            Answer answer = Answer.of(port, "POST", path, body.toString());
            if (answer.status() != 503 || System.nanoTime() > endNanos) {
                return answer;
            }
            tally.busy();
            TimeUnit.MILLISECONDS.sleep(Math.min(2000, 200L * answer.retryAfterSeconds() + random.nextInt(200)));
        }
    }

    private String whole(String path, ObjectNode body, String field) throws IOException, InterruptedException {
        Answer answer = sent(path, body);
        if (answer.status() == 503) {
            return "";
        }
        if (answer.status() != 200) {
            return answer.status() + " " + answer.body();
        }
        JsonNode json = JSON.readTree(answer.body());
        boolean counted = json.at("/usage/completion_tokens").asInt() > 0;
        return json.at(field).isTextual() && counted ? "" : "no answer in " + answer.body();
    }

    private String stream(ObjectNode body) throws IOException, InterruptedException {
        Answer answer = sent(CHAT, body);
        boolean complete = answer.body().stripTrailing().endsWith("data: [DONE]");
        return answer.status() == 503 || answer.status() == 200 && complete && answer.body().contains("finish_reason")
                ? ""
                : answer.status() + " " + answer.body();
    }

    private String json() throws IOException, InterruptedException {
        ObjectNode body = chat(true);
        body.put("max_tokens", 120).putObject("response_format").put("type", "json_object");
        Answer answer = sent(CHAT, body);
        if (answer.status() == 503) {
            return "";
        }
        if (answer.status() != 200) {
            return answer.status() + " " + answer.body();
        }
        JsonNode choice = JSON.readTree(answer.body()).at("/choices/0");
        if (choice.at("/finish_reason").asText().equals("stop")) {
            JSON.readTree(choice.at("/message/content").asText());
        }
        return "";
    }

    private String leaveStream() throws IOException {
        ObjectNode body = random.nextBoolean() ? chat(true) : withPicture(chat(true));
        body.put("max_tokens", 400).put("stream", true);
        try (Socket socket = Answer.sent(port, "POST", CHAT, body.toString())) {
            InputStream in = socket.getInputStream();
            in.readNBytes(200 + random.nextInt(2000));
            leave(socket);
        }
        return "";
    }

    private String leavePrompt() throws IOException, InterruptedException {
        ObjectNode body = withPicture(chat(true));
        ((ArrayNode) body.get("messages")).insertObject(0).put("role", "user").put("content", SYSTEM.repeat(3));
        ((ArrayNode) body.get("messages")).insertObject(1).put("role", "assistant").put("content", "Yes.");
        try (Socket socket = Answer.sent(port, "POST", CHAT, body.toString())) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(60));
            leave(socket);
        }
        return "";
    }

    /// Half of the clients that go away say so, the others are cut off.
    private void leave(Socket socket) throws IOException {
        if (random.nextBoolean()) {
            socket.setSoLinger(true, 0);
        }
    }

    private String bad() throws IOException {
        int choice = random.nextInt(BAD.size() + 2);
        Answer answer;
        if (choice < BAD.size()) {
            answer = Answer.of(port, "POST", CHAT, BAD.get(choice));
        } else if (choice == BAD.size()) {
            answer = Answer.of(port, "GET", "/v1/no/such/path", "");
        } else {
            answer = Answer.of(port, "POST", "/health", "{}");
        }
        boolean typed = JSON.readTree(answer.body()).at("/error/message").isTextual();
        return answer.status() >= 400 && answer.status() < 500 && typed
                ? ""
                : choice + ": " + answer.status() + " " + answer.body();
    }

    private String watch() throws IOException {
        for (String path : List.of("/metrics", "/health", "/v1/models")) {
            Answer answer = Answer.of(port, "GET", path, "");
            if (answer.status() != 200 || answer.body().isEmpty()) {
                return path + ": " + answer.status() + " " + answer.body();
            }
        }
        return "";
    }
}
