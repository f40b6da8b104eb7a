package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.cli.serve.RawClient;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The command `serve`: its options, and a process of its own from start to end.
class ServeTest {

    @TempDir
    private Path folder;

    private static void assertWrongUsage(String message, String... arguments) {
        List<String> all = new ArrayList<>(List.of("serve"));
        all.addAll(List.of(arguments));
        Outcome outcome = Outcome.of(all.toArray(String[]::new));
        assertEquals("peregrine: " + message + "\nSee peregrine serve --help.\n", outcome.err());
        assertEquals(2, outcome.exit());
        assertEquals("", outcome.out());
    }

    @Test
    void otherMachines_needAKeyOrAWord() {
        assertWrongUsage(
                "--host 0.0.0.0 lets other machines in: give a key by --api-key-file, --api-key or PEREGRINE_API_KEY, or"
                        + " say --no-auth if everybody who reaches it may use it",
                "--host",
                "0.0.0.0");
        assertWrongUsage(
                "--no-auth: found an API key as well; say one or the other", "--no-auth", "--api-key", "secret");
    }

    @Test
    void keys_areChecked() throws IOException {
        Path empty = Files.writeString(folder.resolve("keys.txt"), "\n  \n");
        assertWrongUsage("--api-key-file " + empty + ": there is no key in it", "--api-key-file", empty.toString());
        assertWrongUsage(
                "--max-per-key: there is no API key; give one by --api-key-file, --api-key or PEREGRINE_API_KEY",
                "--max-per-key",
                "2");
        assertWrongUsage(
                "API key: expected 1 to 1024 visible characters of ASCII, without spaces", "--api-key", "two words");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port|65536|port: found 65536, expected a number from 0 to 65535",
                "--max-body|0|--max-body: found 0, expected a number of MiB from 1 to 1024",
                "--max-body|1025|--max-body: found 1025, expected a number of MiB from 1 to 1024",
                "--max-connections|0|max connections: found 0, expected a number from 1 to 65536",
                "--max-per-key|0|max per key: found 0, expected at least 1",
                "--drain-timeout|-1|--drain-timeout: found -1, expected 0 or more seconds",
                "--parallel|257|sequences: found 257, expected a number from 0 to 256",
                "--queue|-1|waiting: found -1, expected a number from 0 to 65536",
                "-n|0|n-predict: found 0, expected -1 or at least 1",
                "--temp|-1|temperature: found -1.0, expected a number from 0.0 to 100.0",
            })
    void numbersOutOfRange_areNamed(String option, String value, String message) {
        assertWrongUsage(message, option, value);
    }

    @Test
    void portInUse_isOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            Outcome outcome = Outcome.of("serve", "--port", Integer.toString(port));
            assertEquals(
                    "peregrine: 127.0.0.1:" + port + ": Address already in use; take another port with --port, or an"
                            + " address of this machine with --host\n",
                    outcome.err());
            assertEquals(1, outcome.exit());
        }
    }

    @Test
    void missingModel_endsTheServer() {
        Outcome outcome = Outcome.of("serve", "--port", "0", "-m", "/none/model.gguf");
        assertEquals("peregrine: /none/model.gguf: there is no such file or directory; check the path\n", outcome.err());
        assertEquals(1, outcome.exit());
    }

    private static final String BODY =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Describe the image.\"}], \"max_tokens\": 60}";
    private static final String QUESTION = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY;

    /// A server in a process of its own.
    private record Server(Process process, URI uri, BufferedReader err) implements AutoCloseable {

        static Server start(String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "--add-modules",
                    "jdk.incubator.vector",
                    "-Xmx512m",
                    "-cp",
                    System.getProperty("jdk.module.path", "") + File.pathSeparator + System.getProperty("java.class.path"),
                    "io.peregrine.cli.Main",
                    "serve",
                    "--port",
                    "0"));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command).start();
            String line = process.inputReader().readLine();
            assertTrue(line != null && line.matches("serving demo at http://127\\.0\\.0\\.1:[0-9]+"), String.valueOf(line));
            return new Server(
                    process,
                    URI.create(line.substring(line.indexOf("http"))),
                    new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8)));
        }

        RawClient client() throws IOException {
            return new RawClient(new InetSocketAddress(uri.getHost(), uri.getPort()));
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    @DisplayName("62 shutting-down")
    void processThatIsTerminated_endsInOrder() throws Exception {
        try (Server server = Server.start("--parallel", "1")) {
            try (RawClient client = server.client()) {
                client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertEquals("{\"status\":\"ok\"}", client.read().body());
                client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
                String metrics = client.read().body();
                assertTrue(metrics.contains("\nperegrine_requests_running 0\n"), metrics);
            }
            List<RawClient> asking = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                asking.add(server.client().send(QUESTION));
            }
            try (RawClient client = server.client()) {
                // Whoever asked before has been heard by then.
                client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            }
            boolean _ = server.process().toHandle().destroy();
            for (RawClient client : asking) {
                RawClient.Answer answer = client.read();
                assertEquals(200, answer.status(), answer.body());
                assertTrue(answer.body().contains("\"finish_reason\""), answer.body());
                client.close();
            }
            assertTrue(server.process().waitFor(20, TimeUnit.SECONDS));
            assertEquals(0, server.process().exitValue());
            List<String> messages = server.err().lines().toList();
            assertTrue(
                    messages.contains("peregrine: shutting down; what is being answered has 30 s; the same signal again"
                            + " ends at once"),
                    messages.toString());
            assertTrue(messages.stream().noneMatch(line -> line.contains("Unsafe") || line.contains("native")));
        }
    }
}
