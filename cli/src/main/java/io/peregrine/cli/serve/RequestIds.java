package io.peregrine.cli.serve;

import io.netty.handler.codec.http.HttpRequest;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/// Names of requests, for logs: what the client sent as `x-request-id` if that is harmless, else a number of our own.
final class RequestIds {

    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestIds() {}

    static String of(HttpRequest head) {
        String given = head.headers().get("x-request-id");
        return given != null && HARMLESS.matcher(given).matches()
                ? given
                : "req-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
