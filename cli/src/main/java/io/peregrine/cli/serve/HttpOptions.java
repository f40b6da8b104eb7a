package io.peregrine.cli.serve;

import java.time.Duration;
import java.util.List;

/// How the server speaks HTTP.
///
/// @param host the name or address to listen on, as the user said it
/// @param port to listen on; 0 for any free one
/// @param keys of which clients are to show one; none lets everybody in
/// @param allowedHosts names in the header `Host` that are accepted besides the obvious ones
/// @param corsOrigins origins of pages that browsers may let in besides the server's own; `*` for all
/// @param limits of sizes and numbers
/// @param timeouts of what clients may hold up
public record HttpOptions(
        String host,
        int port,
        List<String> keys,
        List<String> allowedHosts,
        List<String> corsOrigins,
        Limits limits,
        Timeouts timeouts) {

    public static final int MAX_BODY = 1 << 30;

    /// @throws IllegalArgumentException naming the field, its value and its range
    public HttpOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: found " + port + ", expected a number from 0 to 65535");
        }
        keys = List.copyOf(keys);
        allowedHosts = List.copyOf(allowedHosts);
        corsOrigins = List.copyOf(corsOrigins);
    }

    /// Loopback, any free port, no keys.
    public static HttpOptions defaults() {
        return new HttpOptions(
                "127.0.0.1", 0, List.of(), List.of(), List.of(), Limits.defaults(), Timeouts.defaults());
    }

    public HttpOptions withAddress(String newHost, int newPort) {
        return new HttpOptions(newHost, newPort, keys, allowedHosts, corsOrigins, limits, timeouts);
    }

    public HttpOptions withKeys(List<String> value) {
        return new HttpOptions(host, port, value, allowedHosts, corsOrigins, limits, timeouts);
    }

    public HttpOptions withAllowedHosts(List<String> value) {
        return new HttpOptions(host, port, keys, value, corsOrigins, limits, timeouts);
    }

    public HttpOptions withCorsOrigins(List<String> value) {
        return new HttpOptions(host, port, keys, allowedHosts, value, limits, timeouts);
    }

    public HttpOptions withLimits(Limits value) {
        return new HttpOptions(host, port, keys, allowedHosts, corsOrigins, value, timeouts);
    }

    public HttpOptions withTimeouts(Timeouts value) {
        return new HttpOptions(host, port, keys, allowedHosts, corsOrigins, limits, value);
    }

    /// Sizes and numbers, in bytes where they are sizes.
    ///
    /// @param requestLine method, path and version together
    /// @param headers of a request, or trailers, together
    /// @param body of a request
    /// @param bodies of all requests at a time
    /// @param connections open at a time
    /// @param perKey requests of one API key at a time that are answered or wait
    public record Limits(int requestLine, int headers, int body, long bodies, int connections, int perKey) {

        /// @throws IllegalArgumentException naming the field, its value and its range
        public Limits {
            if (body < 1 || body > MAX_BODY) {
                throw new IllegalArgumentException(
                        "max body: found " + body + ", expected a number of bytes from 1 to " + MAX_BODY);
            }
            if (connections < 1 || connections > 65_536) {
                throw new IllegalArgumentException(
                        "max connections: found " + connections + ", expected a number from 1 to 65536");
            }
            if (perKey < 1) {
                throw new IllegalArgumentException("max per key: found " + perKey + ", expected at least 1");
            }
            bodies = Math.max(bodies, body);
        }

        /// 8 KB, 16 KB, 32 MiB, 256 connections, which one key may all use; bodies together take a quarter of the heap
        /// at most.
        public static Limits defaults() {
            return new Limits(8192, 16_384, 32 << 20, Runtime.getRuntime().maxMemory() / 4, 256, Integer.MAX_VALUE);
        }

        public Limits withBody(int value) {
            return new Limits(requestLine, headers, value, bodies, connections, perKey);
        }

        public Limits withBodies(long value) {
            return new Limits(requestLine, headers, body, value, connections, perKey);
        }

        public Limits withConnections(int value) {
            return new Limits(requestLine, headers, body, bodies, value, perKey);
        }

        public Limits withPerKey(int value) {
            return new Limits(requestLine, headers, body, bodies, connections, value);
        }
    }

    /// How long a client may hold something up.
    ///
    /// @param headers from the first byte of a request to the end of its headers; to the first byte of a connection
    /// @param body without a byte of the body; as a whole it has this time and one more second for each KB that came
    /// @param write without reading a byte of the answer
    /// @param keepAlive between two requests
    /// @param heartbeat after which a stream of events gets a comment if it is silent
    /// @param linger after the end of an answer, for the client to close
    public record Timeouts(
            Duration headers, Duration body, Duration write, Duration keepAlive, Duration heartbeat, Duration linger) {

        /// 10 s, 30 s, 60 s, 60 s, 15 s, 2 s.
        public static Timeouts defaults() {
            return new Timeouts(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(2));
        }
    }
}
