package io.peregrine.cli.browser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/// A folder of `src/test/node` with its npm packages, installed in `target/node` exactly as its `package-lock.json`
/// says. Installed once; no script of a package is run.
public final class NodePackages {

    private static final long INSTALL_SECONDS = 120;
    private static final boolean WINDOWS =
            System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");

    private final Path folder;

    private NodePackages(Path folder) {
        this.folder = folder;
    }

    /// @param name of the folder
    /// @param oldestNode the least major version of Node that is enough
    /// @throws TestAbortedException if there is no such Node, no npm, or the packages cannot be had
    public static NodePackages install(String name, int oldestNode) throws IOException {
        checkNode(oldestNode);
        Path source = Path.of("src/test/node", name);
        Path folder = Path.of("target/node", name).toAbsolutePath();
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        NodePackages packages = new NodePackages(folder);
        Path installed = folder.resolve("installed.json");
        Path lock = folder.resolve("package-lock.json");
        if (!Files.exists(installed) || Files.mismatch(installed, lock) >= 0) {
            packages.download();
            Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
        }
        return packages;
    }

    private static void checkNode(int oldest) {
        String version;
        try {
            version = run(Path.of("."), Map.of(), 20, "node", "--version").strip();
        } catch (IOException e) {
            throw new TestAbortedException("no Node.js here: " + e.getMessage());
        }
        if (!version.matches("v\\d+\\..*")
                || Integer.parseInt(version.substring(1, version.indexOf('.'))) < oldest) {
            throw new TestAbortedException("found Node.js " + version + ", needs v" + oldest + " or newer");
        }
    }

    private void download() {
        try {
            run(
                    folder,
                    Map.of(),
                    INSTALL_SECONDS,
                    WINDOWS ? "npm.cmd" : "npm",
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    "--prefer-offline",
                    "--loglevel=error");
        } catch (IOException e) {
            throw new TestAbortedException("the npm packages of " + folder.getFileName() + " cannot be had: " + e.getMessage());
        }
    }

    /// Where the packages are.
    public Path folder() {
        return folder;
    }

    /// Runs a script of the folder and gives what it writes.
    ///
    /// @throws IOException if it fails or takes longer, with what it wrote
    public String node(Map<String, String> environment, long seconds, String script) throws IOException {
        return run(folder, environment, seconds, "node", script);
    }

    private static String run(Path folder, Map<String, String> environment, long seconds, String... command)
            throws IOException {
        Path output = Files.createTempFile("peregrine-node", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " takes longer than " + seconds + " s: " + text);
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + " ends with " + process.exitValue() + ": " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
