package io.peregrine.cli;

import io.peregrine.cli.serve.HttpOptions;
import io.peregrine.cli.serve.RequestLog;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options of a server: where it listens, whom it lets in, how much it takes.
final class HttpArguments {

    private static final String KEY_VARIABLE = "PEREGRINE_API_KEY";
    private static final int MIB = 1 << 20;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "The address to listen on; 0.0.0.0 for all of this machine. Default: ${DEFAULT-VALUE}, which only"
                    + " programs on this machine reach.")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The port to listen on; 0 for any free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "Let in only who shows this key; repeatable. Other users of this machine can see it: better use"
                    + " --api-key-file, or the environment variable " + KEY_VARIABLE + ".")
    private List<String> keys = new ArrayList<>();

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "Keys, one per line.")
    private @Nullable Path keyFile;

    @Option(
            names = "--no-auth",
            description = "Let everybody in without a key, even when listening to other machines.")
    private boolean open;

    @Option(
            names = "--allowed-host",
            paramLabel = "NAME",
            description = "Another name under which clients may speak to the server, such as the one that a reverse proxy"
                    + " passes on; repeatable; '*' for all. Default: that of --host, and those of this machine itself.")
    private List<String> allowedHosts = new ArrayList<>();

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            description = "Pages of this origin (https://example.org) may use the server from a browser; repeatable; '*'"
                    + " for all. Default: none but the server's own.")
    private List<String> corsOrigins = new ArrayList<>();

    @Option(
            names = "--max-body",
            paramLabel = "MIB",
            defaultValue = "32",
            description = "Largest body of a request, in MiB. Default: ${DEFAULT-VALUE}.")
    private int maxBody;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            defaultValue = "256",
            description = "Most connections at a time. Default: ${DEFAULT-VALUE}.")
    private int maxConnections;

    @Option(
            names = "--max-per-key",
            paramLabel = "N",
            description = "Most requests of one API key that are answered or wait at a time; more get 429. Default: no limit"
                    + " but those for all.")
    private int maxPerKey = Integer.MAX_VALUE;

    @Option(
            names = "--drain-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "When the server is told to end, answers that are being made have so long to finish. Default:"
                    + " ${DEFAULT-VALUE}.")
    private int drainSeconds;

    @Option(names = "--quiet", description = "No line for each request on standard error.")
    private boolean quiet;

    @Option(names = "--log-json", description = "The line for each request as a JSON object.")
    private boolean logJson;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    /// @throws ParameterException naming an option that is out of range, or a server that everybody could use by mistake
    HttpOptions options() throws IOException {
        HttpOptions.Limits limits = Usage.checked(command, () -> HttpOptions.Limits.defaults()
                .withBody(bodyBytes())
                .withConnections(maxConnections)
                .withPerKey(maxPerKey));
        List<String> all = allKeys();
        HttpOptions options = Usage.checked(command, () -> HttpOptions.defaults()
                .withAddress(host, port)
                .withKeys(all)
                .withAllowedHosts(allowedHosts)
                .withCorsOrigins(corsOrigins)
                .withLimits(limits));
        if (open && !all.isEmpty()) {
            throw wrong("--no-auth: found an API key as well; say one or the other");
        }
        if (maxPerKey != Integer.MAX_VALUE && all.isEmpty()) {
            throw wrong("--max-per-key: there is no API key; give one by --api-key-file, --api-key or " + KEY_VARIABLE);
        }
        if (!open && all.isEmpty() && !isLoopback()) {
            throw wrong("--host " + host + " lets other machines in: give a key by --api-key-file, --api-key or "
                    + KEY_VARIABLE + ", or say --no-auth if everybody who reaches it may use it");
        }
        return options;
    }

    private int bodyBytes() {
        if (maxBody < 1 || maxBody > HttpOptions.MAX_BODY / MIB) {
            throw new IllegalArgumentException("--max-body: found " + maxBody + ", expected a number of MiB from 1 to "
                    + HttpOptions.MAX_BODY / MIB);
        }
        return maxBody * MIB;
    }

    private List<String> allKeys() throws IOException {
        List<String> all = new ArrayList<>(keys);
        if (keyFile != null) {
            List<String> lines = Files.readAllLines(keyFile).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
            if (lines.isEmpty()) {
                throw wrong("--api-key-file " + keyFile + ": there is no key in it");
            }
            all.addAll(lines);
        }
        String variable = System.getenv(KEY_VARIABLE);
        if (variable != null && !variable.isBlank()) {
            all.add(variable.strip());
        }
        if (all.stream().anyMatch(key -> !key.matches("[!-~]{1,1024}"))) {
            throw wrong("API key: expected 1 to 1024 visible characters of ASCII, without spaces");
        }
        return all;
    }

    private boolean isLoopback() throws IOException {
        return InetAddress.getByName(host).isLoopbackAddress();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    Duration drainTimeout() {
        if (drainSeconds < 0) {
            throw wrong("--drain-timeout: found " + drainSeconds + ", expected 0 or more seconds");
        }
        return Duration.ofSeconds(drainSeconds);
    }

    RequestLog.Form logForm() {
        return quiet ? RequestLog.Form.NONE : logJson ? RequestLog.Form.JSON : RequestLog.Form.TEXT;
    }
}
