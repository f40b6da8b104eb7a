package io.peregrine.cli.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// A server under eight clients of all manners for minutes: nothing unexpected happens, and in the end it holds no
/// more than in the beginning. Part of the profile `soak`; the report is written to `target/soak`.
///
/// System properties: `peregrine.soak` how long (`10m`), `peregrine.soak.pause` what clients wait between two deeds
/// (milliseconds on average), `peregrine.soak.seed`.
@EnabledIfSystemProperty(named = "peregrine.soak", matches = ".+")
class SoakTest {

    private static final int CLIENTS = 8;
    private static final int PICTURES = 4;
    private static final Path FOLDER = Path.of("target/soak");
    private static final Path DEMO = Path.of("src/main/resources/io/peregrine/cli/demo");

    /// The bundled model, from its files, which are mapped.
    private static final List<String> ARGUMENTS = List.of(
            "-t",
            "2",
            "-m",
            DEMO.resolve("shapes-text-Q8_0.gguf").toString(),
            "--mmproj",
            DEMO.resolve("shapes-mmproj-F16.gguf").toString());

    /// How long the clients drive the server before it is looked at for the first time.
    private static final Duration FIRST = Duration.ofSeconds(20);

    /// The share of the time in which the server warms up: code is compiled, pools fill.
    private static final double WARM_UP = 0.25;

    /// Between two looks from outside, and between two collections.
    private static final int SAMPLE_SECONDS = 5;

    private static final int COLLECTION_SAMPLES = 6;

    /// For what is still under way when the clients have gone.
    private static final int IDLE_SECONDS = 15;

    private static final long MORE_HEAP = 16 << 20;
    private static final long MORE_RSS = 48 << 20;
    /// Machines with other work are not even.
    private static final double MOST_DRIFT = 2;

    private static final int MORE_THREADS = 2;
    private static final int MORE_DESCRIPTORS = 2;

    private final Duration length = Duration.parse("PT" + System.getProperty("peregrine.soak"));
    private final int pauseMillis = Integer.getInteger("peregrine.soak.pause", 20);
    private final long seed = Long.getLong("peregrine.soak.seed", 1);
    private final Tally tally = new Tally();

    @Test
    void server_underMixedLoad_givesEverythingBack() throws IOException, InterruptedException {
        List<byte[]> pictures = pictures();
        try (ServerProcess server = ServerProcess.start(FOLDER.resolve("server.log"), ARGUMENTS)) {
            // So that what is made on first use, and once for so many clients, is there.
            for (Thread client : drive(server, pictures, FIRST)) {
                client.join();
            }
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            SoakReport report = new SoakReport(length, CLIENTS, pauseMillis, tally);
            report.before(server.sample(), server.heapAfterCollection());
            watch(server, pictures, report);
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            assertTrue(server.isAlive(), "the server lives");
            report.after(server.sample(), server.heapAfterCollection());
            int exit = server.stop();
            report.end(exit, server.output());
            Files.writeString(FOLDER.resolve("report.md"), report.markdown());
            check(report);
        }
    }

    /// The bundled pictures.
    private static List<byte[]> pictures() throws IOException {
        List<byte[]> pictures = new ArrayList<>();
        for (int i = 0; i < PICTURES; i++) {
            pictures.add(Files.readAllBytes(DEMO.resolve("picture" + i + ".png")));
        }
        return pictures;
    }

    /// Starts the clients.
    private List<Thread> drive(ServerProcess server, List<byte[]> pictures, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Client client = new Client(server.port(), pictures, seed * 1000 + i, end, pauseMillis, tally);
            threads.add(Thread.ofPlatform().name("client " + i).start(client));
        }
        return threads;
    }

    private void watch(ServerProcess server, List<byte[]> pictures, SoakReport report)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Thread> threads = drive(server, pictures, length);
        for (int i = 1; threads.stream().anyMatch(Thread::isAlive); i++) {
            TimeUnit.SECONDS.sleep(SAMPLE_SECONDS);
            if (!server.isAlive()) {
                threads.forEach(Thread::interrupt);
                throw new AssertionError("the server has ended:\n" + server.output());
            }
            long heap = i % COLLECTION_SAMPLES == 0 ? server.heapAfterCollection() : -1;
            report.add(System.nanoTime(), server.sample(), heap);
        }
        report.span(start, start + (long) (WARM_UP * length.toNanos()), System.nanoTime());
    }

    private static void check(SoakReport report) {
        assertEquals(List.of(), report.unexpected(), "unexpected answers");
        assertEquals(List.of(), report.suspiciousLines(), "lines of the server's log");
        assertEquals(0, report.exit(), "exit code");
        ServerProcess.Sample before = report.before();
        ServerProcess.Sample after = report.after();
        assertTrue(after.threads() <= before.threads() + MORE_THREADS, () -> "threads " + before + " " + after);
        assertTrue(
                after.descriptors() <= before.descriptors() + MORE_DESCRIPTORS,
                () -> "descriptors " + before + " " + after);
        assertEquals(before.mappings(), after.mappings(), "mappings");
        assertTrue(report.heapGrowth() < MORE_HEAP, () -> "the heap has grown by " + report.heapGrowth());
        assertTrue(report.drift() < MOST_DRIFT, () -> "answers take longer and longer: " + report.drift());
        assertTrue(report.rssGrowth() < MORE_RSS, () -> "RSS has grown by " + report.rssGrowth());
    }
}
