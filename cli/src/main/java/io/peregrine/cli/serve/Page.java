package io.peregrine.cli.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/// The page at `/`: pictures, questions and streaming answers in a browser. Its files are open to everybody, also while
/// the model is being loaded; what it then asks for is not: it asks its reader for the key. It may load nothing from
/// elsewhere, talk to nobody else, and be framed by nobody.
public final class Page {

    private static final Map<String, String> FILES = Map.of(
            "/", "index.html",
            "/page.css", "page.css",
            "/page.js", "page.js",
            "/turn.js", "turn.js",
            "/markdown.js", "markdown.js",
            "/server.js", "server.js",
            "/pictures.js", "pictures.js",
            "/memory.js", "memory.js",
            "/icon.svg", "icon.svg",
            "/example.png", "/io/peregrine/cli/demo/picture1.png");

    /// Pictures that are shown before they are sent are `blob:` addresses. No text may become markup: the page makes
    /// elements only.
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";

    private Page() {}

    /// Adds the page and its files.
    public static void addTo(Routes routes) {
        FILES.forEach((path, file) -> {
            Response response = Response.of(200, type(file), read(file))
                    .withHeader("cache-control", "no-cache")
                    .withHeader("content-security-policy", POLICY)
                    .withHeader("referrer-policy", "no-referrer");
            routes.add("GET", path, Access.OPEN, exchange -> exchange.respond(response));
        });
    }

    private static String type(String file) {
        return switch (file.substring(file.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            case "png" -> "image/png";
            default -> throw new IllegalArgumentException(file);
        };
    }

    private static byte[] read(String file) {
        try (InputStream in = Page.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not in the jar of the command");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
