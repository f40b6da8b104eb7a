package io.peregrine.cli.serve;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.peregrine.cli.serve.Routes.Endpoint;
import io.peregrine.cli.serve.Routes.Route;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides from the headers of a request, before any of its body is read, whether it may pass. Safe for any thread.
final class Gate {

    private final Routes routes;
    private final HostNames hosts;
    private final ApiKeys keys;
    private final KeyShares shares;
    private final List<String> corsOrigins;
    private final int maxBody;
    private final Supplier<Phase> phase;

    /// What came of a check.
    ///
    /// @param path percent signs decoded
    /// @param route null if there is none
    /// @param handler that is to answer; of a refused request, one that does it at once
    /// @param refused whether the body is of no interest
    /// @param origin of a page that is let in although it is not the server's own, or null
    record Pass(
            String path,
            @Nullable Route route,
            Handler handler,
            boolean refused,
            @Nullable String origin) {

        private static Pass refused(String path, @Nullable Route route, @Nullable String origin, ApiException error) {
            return new Pass(path, route, exchange -> exchange.respond(error.response()), true, origin);
        }
    }

    Gate(Routes routes, HttpOptions options, Supplier<Phase> phase) {
        this.routes = routes;
        this.hosts = new HostNames(options.host(), options.allowedHosts());
        this.keys = new ApiKeys(options.keys());
        this.shares = new KeyShares(keys.count(), options.limits().perKey());
        this.corsOrigins = options.corsOrigins();
        this.maxBody = options.limits().body();
        this.phase = phase;
    }

    Pass check(HttpRequest head) {
        String path = "";
        Route route = null;
        String origin = null;
        try {
            checkMessage(head);
            String host = checkHost(head);
            origin = checkOrigin(head.headers(), host);
            path = path(head.uri());
            route = routes.find(path);
            Handler handler = handler(head, path, route, origin != null);
            return new Pass(path, route, handler, false, origin);
        } catch (ApiException e) {
            return Pass.refused(path, route, origin, e);
        }
    }

    /// The answer to bytes that are no request.
    static Pass broken(ApiException error) {
        return Pass.refused("", null, null, error);
    }

    private Handler handler(HttpRequest head, String path, @Nullable Route route, boolean foreign) {
        String method = head.method().name();
        if (foreign && method.equals("OPTIONS")) {
            return Cors::preflight;
        }
        Endpoint endpoint = route == null ? null : route.endpoint(method);
        boolean locked = (endpoint == null || endpoint.access() != Access.OPEN) && !keys.areNone();
        int key = locked ? checkKey(head.headers()) : -1;
        if (route == null) {
            throw ApiException.refused(404, "unknown_url", "there is nothing at " + path);
        }
        if (endpoint == null) {
            throw ApiException.refused(
                            405, "method_not_allowed", path + ": found " + method + ", expected " + route.allowed())
                    .withHeader("allow", route.allowed());
        }
        if (endpoint.access() == Access.MODEL) {
            checkPhase();
        }
        return locked && method.equals("POST") ? shares.bounded(key, endpoint.handler()) : endpoint.handler();
    }

    private void checkMessage(HttpRequest head) {
        HttpVersion version = head.protocolVersion();
        if (!version.protocolName().equals("HTTP")) {
            throw ApiException.refused(400, "bad_request", "found " + version + ", expected HTTP/1.1");
        }
        if (version.majorVersion() != 1) {
            throw ApiException.refused(505, "http_version", "found " + version + ", expected HTTP/1.1");
        }
        List<String> codings = head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!codings.isEmpty()
                && (codings.size() > 1
                        || !codings.getFirst().equalsIgnoreCase("chunked")
                        || version.minorVersion() == 0
                        || head.headers().contains(HttpHeaderNames.CONTENT_LENGTH))) {
            throw ApiException.refused(
                    400, "bad_request", "transfer-encoding: found " + codings + ", expected chunked alone, in HTTP/1.1");
        }
        List<String> lengths = head.headers().getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (lengths.size() > 1 || !lengths.isEmpty() && !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw ApiException.refused(400, "bad_request", "content-length: found " + lengths + ", expected one number");
        }
        if (!lengths.isEmpty() && Long.parseLong(lengths.getFirst()) > maxBody) {
            throw bodyTooLarge(maxBody);
        }
        String expect = head.headers().get(HttpHeaderNames.EXPECT);
        if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
            throw ApiException.refused(417, "expectation", "expect: found " + expect + ", expected 100-continue");
        }
    }

    static ApiException bodyTooLarge(int limit) {
        return ApiException.refused(
                413,
                "body_too_large",
                "the body is larger than the limit of " + limit + " bytes; the server's --max-body raises it");
    }

    private String checkHost(HttpRequest head) {
        List<String> values = head.headers().getAll(HttpHeaderNames.HOST);
        if (values.isEmpty() && head.protocolVersion().minorVersion() == 0) {
            return "";
        }
        if (values.size() != 1) {
            throw ApiException.refused(400, "bad_request", "host: found " + values.size() + " headers, expected one");
        }
        String host = values.getFirst();
        if (!hosts.accept(host)) {
            throw ApiException.refused(
                    421,
                    "unknown_host",
                    "host: '" + HostNames.withoutPort(host) + "' is not a name of this server; its --allowed-host adds names");
        }
        return host;
    }

    /// @return the origin, if it is that of another page that is allowed
    private @Nullable String checkOrigin(HttpHeaders headers, String host) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin == null || origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host)) {
            return null;
        }
        if (!corsOrigins.contains("*") && !corsOrigins.contains(origin)) {
            throw ApiException.refused(
                    403,
                    "unknown_origin",
                    "origin: pages of '" + origin + "' may not use this server; its --cors-origin adds origins");
        }
        return origin;
    }

    private int checkKey(HttpHeaders headers) {
        int key = keys.shown(headers.getAll(HttpHeaderNames.AUTHORIZATION));
        if (key < 0) {
            throw ApiException.refused(
                            401, "invalid_api_key", "a valid API key is needed, as Authorization: Bearer KEY")
                    .withHeader("www-authenticate", "Bearer");
        }
        return key;
    }

    private void checkPhase() {
        switch (phase.get()) {
            case LOADING -> throw Service.loading();
            case STOPPING -> throw Errors.shuttingDown();
            case READY -> {}
        }
    }

    private static String path(String target) {
        int query = target.indexOf('?');
        String raw = query < 0 ? target : target.substring(0, query);
        if (!raw.startsWith("/")) {
            throw ApiException.refused(400, "bad_request", "the path does not begin with a slash");
        }
        try {
            return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiException.refused(400, "bad_request", "the path has a percent sign without two digits after it");
        }
    }
}
