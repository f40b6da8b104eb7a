package io.peregrine.cli.browser;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A headless Chromium of its own profile, which is deleted in the end.
public final class Browser implements AutoCloseable {

    private static final long START_SECONDS = 20;

    private final Process process;
    private final Path profile;
    private final DevTools tools;

    private Browser(Process process, Path profile, DevTools tools) {
        this.process = process;
        this.profile = profile;
        this.tools = tools;
    }

    /// @throws IOException if it does not start, with what it wrote last
    public static Browser start(Chromium chromium) throws IOException {
        Path profile = Files.createTempDirectory("peregrine-browser");
        Path log = profile.resolve("log");
        List<String> command = new ArrayList<>(List.of(
                chromium.program().toString(),
                "--headless",
                // Tests run as root in containers, and see no page but ours.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-extensions",
                "--disable-sync",
                "--no-first-run",
                "--no-default-browser-check",
                "--force-color-profile=srgb",
                "--lang=en",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile));
        command.addAll(chromium.options());
        command.add("about:blank");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(chromium.environment());
        Process process = builder.start();
        try {
            return new Browser(process, profile, new DevTools(address(process, profile, log)));
        } catch (IOException | RuntimeException e) {
            end(process);
            delete(profile);
            throw e;
        }
    }

    /// Where the browser listens; it says so in a file.
    private static URI address(Process process, Path profile, Path log) throws IOException {
        Path file = profile.resolve("DevToolsActivePort");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (lines.size() >= 2) {
                return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
            }
            pause(20);
        }
        List<String> said = Files.readAllLines(log);
        throw new IOException((process.isAlive() ? "silent for " + START_SECONDS + " s" : "exit " + process.exitValue())
                + ": " + String.join(" | ", said.subList(Math.max(0, said.size() - 3), said.size())));
    }

    /// A new tab with storage of its own.
    ///
    /// @param site the beginning of all addresses that the tab may ask for
    public Tab open(Tab.Screen screen, String site) {
        String context =
                tools.send("", "Target.createBrowserContext").get("browserContextId").asText();
        JsonNode target = tools.send("", "Target.createTarget", "url", "about:blank", "browserContextId", context);
        JsonNode session = tools.send(
                "", "Target.attachToTarget", "targetId", target.get("targetId").asText(), "flatten", true);
        return new Tab(tools, session.get("sessionId").asText(), context, screen, site);
    }

    @Override
    public void close() {
        tools.close();
        end(process);
        delete(profile);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // a process that is just ending may still write there; the system's temporary folder keeps the rest
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
