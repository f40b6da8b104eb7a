package io.peregrine.cli.soak;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A server in a JVM of its own, seen from outside: what the operating system and `jcmd` tell of it. Linux only.
final class ServerProcess implements AutoCloseable {

    private static final long START_SECONDS = 120;
    private static final Pattern HEAP = Pattern.compile("used (\\d+)K");

    /// @param rssBytes what the process holds of the machine's memory, mapped files included
    /// @param threads of all kinds
    /// @param descriptors open files and connections
    /// @param mappings regions of its address space that are model files
    record Sample(long rssBytes, int threads, int descriptors, int mappings) {}

    private final Process process;
    private final Path log;
    private final int port;

    private ServerProcess(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /// Starts a server on a free port, and waits until it is ready.
    ///
    /// @param log takes its output
    static ServerProcess start(Path log, List<String> arguments) throws IOException, InterruptedException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(tool("java"), "-Xmx1g", "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", classPath(), "io.peregrine.cli.Main", "serve", "--port", String.valueOf(port)));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ServerProcess server = new ServerProcess(process, log, port);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!server.isReady()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new IllegalStateException("the server did not start:\n" + Files.readString(log));
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return server;
    }

    /// What these tests run on, be it a module path, a class path or both.
    private static String classPath() {
        return Stream.of(
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""),
                        System.getProperty("surefire.test.class.path", ""))
                .filter(path -> !path.isEmpty())
                .reduce((left, right) -> left + File.pathSeparator + right)
                .orElseThrow();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private boolean isReady() {
        try {
            return Answer.of(port, "GET", "/health", "").status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Sample sample() throws IOException {
        Path proc = Path.of("/proc", String.valueOf(process.pid()));
        String status = Files.readString(proc.resolve("status"));
        int descriptors;
        try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
            descriptors = (int) files.count();
        }
        int mappings;
        try (Stream<String> lines = Files.lines(proc.resolve("maps"), StandardCharsets.ISO_8859_1)) {
            mappings = (int) lines.filter(line -> line.contains(".gguf")).count();
        }
        return new Sample(field(status, "VmRSS") << 10, (int) field(status, "Threads"), descriptors, mappings);
    }

    private static long field(String status, String name) {
        Matcher matcher = Pattern.compile(name + ":\\s+(\\d+)").matcher(status);
        if (!matcher.find()) {
            throw new IllegalStateException(name + " is not in\n" + status);
        }
        return Long.parseLong(matcher.group(1));
    }

    /// Bytes of the heap that are in use after a full collection.
    long heapAfterCollection() throws IOException, InterruptedException {
        jcmd("GC.run");
        Matcher matcher = HEAP.matcher(jcmd("GC.heap_info"));
        if (!matcher.find()) {
            throw new IllegalStateException("jcmd does not tell the heap");
        }
        return Long.parseLong(matcher.group(1)) << 10;
    }

    private String jcmd(String what) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(tool("jcmd"), String.valueOf(process.pid()), what)
                .redirectErrorStream(true)
                .start();
        String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        jcmd.waitFor();
        return output;
    }

    /// What the server has written, from the beginning.
    String output() throws IOException {
        return Files.readString(log);
    }

    /// Asks it to end, as an operator would.
    ///
    /// @return the exit code, or -1 if it has not ended in time
    int stop() throws InterruptedException {
        process.destroy();
        if (process.waitFor(60, TimeUnit.SECONDS)) {
            return process.exitValue();
        }
        return -1;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
