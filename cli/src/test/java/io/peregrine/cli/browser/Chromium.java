package io.peregrine.cli.browser;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/// A Chromium to start.
///
/// @param options of its command line besides the usual ones
/// @param environment besides that of this process
public record Chromium(Path program, List<String> options, Map<String, String> environment) {

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge");
    private static final List<String> PLACES = List.of(
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
            "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe");

    /// A browser that runs: the one that the environment's `CHROME_BIN` names, one that is installed, or else, on Linux
    /// with x64 processors, the one in the npm package `@sparticuz/chromium` (65 MB), which brings its own libraries.
    ///
    /// @throws TestAbortedException if none can be had, saying what was tried
    public static Browser start() throws IOException {
        List<String> tried = new ArrayList<>();
        for (Path program : installed()) {
            try {
                return Browser.start(new Chromium(program, List.of(), Map.of()));
            } catch (IOException e) {
                tried.add(program + ": " + e.getMessage());
            }
        }
        try {
            return Browser.start(packaged());
        } catch (IOException | TestAbortedException e) {
            tried.add("npm package: " + e.getMessage());
        }
        throw new TestAbortedException("no headless Chromium runs here: " + String.join("; ", tried));
    }

    private static List<Path> installed() {
        String named = System.getenv("CHROME_BIN");
        if (named != null && !named.isEmpty()) {
            return List.of(Path.of(named));
        }
        Stream<Path> onPath = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)));
        return Stream.concat(onPath, PLACES.stream().filter(place -> new File(place).exists()).map(Path::of))
                .filter(Files::isExecutable)
                .distinct()
                .toList();
    }

    /// Unpacked into `target/node/chromium/unpacked`, once.
    private static Chromium packaged() throws IOException {
        if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
            throw new TestAbortedException("there is one for Linux on x64 only");
        }
        NodePackages packages = NodePackages.install("chromium", 20);
        Path unpacked = Files.createDirectories(packages.folder().resolve("unpacked"));
        Path program = unpacked.resolve("chromium");
        // The package brings the libraries of a bare system along and unpacks them where it sees this variable.
        packages.node(
                Map.of("TMPDIR", unpacked.toString(), "AWS_LAMBDA_JS_RUNTIME", "nodejs20.x"), 60, "unpack.mjs");
        return new Chromium(
                program,
                List.of("--no-zygote"),
                Map.of(
                        "LD_LIBRARY_PATH",
                        unpacked.resolve("al2023/lib").toString(),
                        "FONTCONFIG_PATH",
                        unpacked.resolve("fonts").toString()));
    }
}
