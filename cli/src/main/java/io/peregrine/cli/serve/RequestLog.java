package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One line for each request. What was asked and answered, headers and queries never stand in it. Safe for any thread.
public final class RequestLog {

    private static final int MAX_PATH = 200;

    /// How lines look.
    public enum Form {
        TEXT,
        JSON,
        /// No line for requests; defects of the server are told all the same.
        NONE
    }

    /// @param address of the client
    /// @param status 0 if there was no answer
    /// @param complete whether the client took all of the answer
    /// @param bytes of the answer's body
    /// @param nanos from the end of the headers to the end of the answer
    record Entry(
            String id,
            String address,
            String method,
            String path,
            int status,
            boolean complete,
            long bytes,
            long nanos,
            @Nullable TokenUsage usage) {}

    private final PrintStream out;
    private final Form form;

    public RequestLog(PrintStream out, Form form) {
        this.out = out;
        this.form = form;
    }

    void request(Entry entry) {
        switch (form) {
            case TEXT -> out.println(text(entry));
            case JSON -> out.println(json(entry));
            case NONE -> {}
        }
    }

    /// What must not happen, with where it happened.
    void defect(String id, Throwable error) {
        synchronized (out) {
            out.println(now() + " " + id + " internal error (a defect of Peregrine: please report it): " + error);
            error.printStackTrace(out);
        }
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private static String text(Entry entry) {
        TokenUsage usage = entry.usage();
        String tokens = usage == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        " %d+%d tokens (%d of pictures, %d reused)",
                        usage.prompt(),
                        usage.completion(),
                        usage.image(),
                        usage.reused());
        return String.format(
                Locale.ROOT,
                "%s %s %s %s %s %d%s %d bytes %.1f ms%s",
                now(),
                entry.id(),
                entry.address(),
                printable(entry.method()),
                path(entry),
                entry.status(),
                entry.complete() ? "" : " (client gone)",
                entry.bytes(),
                entry.nanos() * 1e-6,
                tokens);
    }

    private static String json(Entry entry) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("time", now());
        line.put("id", entry.id());
        line.put("client", entry.address());
        line.put("method", printable(entry.method()));
        line.put("path", path(entry));
        line.put("status", entry.status());
        line.put("complete", entry.complete());
        line.put("bytes", entry.bytes());
        line.put("ms", Math.round(entry.nanos() * 1e-5) / 10.0);
        TokenUsage usage = entry.usage();
        if (usage != null) {
            line.put("prompt_tokens", usage.prompt());
            line.put("image_tokens", usage.image());
            line.put("reused_tokens", usage.reused());
            line.put("completion_tokens", usage.completion());
        }
        return line.toString();
    }

    private static String path(Entry entry) {
        int query = entry.path().indexOf('?');
        return printable(query < 0 ? entry.path() : entry.path().substring(0, query));
    }

    /// Such as cannot break a line or speak to a terminal.
    private static String printable(String text) {
        StringBuilder clean = new StringBuilder();
        text.chars().limit(MAX_PATH).forEach(c -> clean.append(c > ' ' && c < 127 ? (char) c : '?'));
        return text.length() > MAX_PATH ? clean + "..." : clean.toString();
    }
}
