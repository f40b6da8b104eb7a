package io.peregrine.cli.serve;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// What `/metrics` tells, in the text format of Prometheus. Safe for any thread.
///
/// Labels have few values: routes are those of the program, all other paths together are `other`.
public final class Metrics {

    private static final double[] BOUNDS = {0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};

    private record Series(String help, String type, DoubleSupplier value) {}

    private record Key(String route, int status) implements Comparable<Key> {

        @Override
        public int compareTo(Key other) {
            int byRoute = route.compareTo(other.route);
            return byRoute != 0 ? byRoute : Integer.compare(status, other.status);
        }
    }

    /// Durations of a route; the last bucket is that beyond all bounds.
    private static final class Histogram {

        private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
        private final LongAdder nanos = new LongAdder();

        Histogram() {
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = new LongAdder();
            }
        }

        void add(long duration) {
            int bucket = 0;
            while (bucket < BOUNDS.length && duration * 1e-9 > BOUNDS[bucket]) {
                bucket++;
            }
            buckets[bucket].increment();
            nanos.add(duration);
        }
    }

    private final String build;
    private final Map<String, Series> series = new TreeMap<>();
    private final Map<Key, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final Map<String, Histogram> durations = new ConcurrentSkipListMap<>();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder imageTokens = new LongAdder();
    private final LongAdder reusedTokens = new LongAdder();
    private final LongAdder completionTokens = new LongAdder();
    private final LongAdder disconnects = new LongAdder();
    private final LongAdder timeouts = new LongAdder();

    /// @param build of the program, by name, such as its version
    public Metrics(Map<String, String> build) {
        this.build = labels(build);
        counter("peregrine_prompt_tokens_total", "Tokens of prompts, those of pictures included.", promptTokens::sum);
        counter("peregrine_image_tokens_total", "Tokens of pictures in prompts.", imageTokens::sum);
        counter("peregrine_reused_tokens_total", "Tokens of prompts that were not computed again.", reusedTokens::sum);
        counter("peregrine_completion_tokens_total", "Tokens of answers.", completionTokens::sum);
        counter("peregrine_http_disconnects_total", "Clients that went away before the answer.", disconnects::sum);
        counter("peregrine_http_timeouts_total", "Connections that were ended for being slow.", timeouts::sum);
    }

    /// Adds a value that goes up and down.
    ///
    /// @param name as Prometheus has it
    /// @param value asked whenever somebody reads; NaN for one that is not known now
    public void gauge(String name, String help, DoubleSupplier value) {
        add(name, new Series(help, "gauge", value));
    }

    /// Adds a value that only goes up.
    public void counter(String name, String help, DoubleSupplier value) {
        add(name, new Series(help, "counter", value));
    }

    private void add(String name, Series one) {
        synchronized (series) {
            series.put(name, one);
        }
    }

    void request(String route, int status, long nanos, @Nullable TokenUsage usage) {
        requests.computeIfAbsent(new Key(route, status), _ -> new LongAdder()).increment();
        durations.computeIfAbsent(route, _ -> new Histogram()).add(nanos);
        if (usage != null) {
            promptTokens.add(usage.prompt());
            imageTokens.add(usage.image());
            reusedTokens.add(usage.reused());
            completionTokens.add(usage.completion());
        }
    }

    void disconnected() {
        disconnects.increment();
    }

    void timedOut() {
        timeouts.increment();
    }

    /// All of it, as it is now.
    String text() {
        StringBuilder out = new StringBuilder(4096);
        head(out, "peregrine_build_info", "The program.", "gauge");
        out.append("peregrine_build_info").append(build).append(" 1\n");
        head(out, "peregrine_http_requests_total", "Requests by route and status.", "counter");
        requests.forEach((key, count) -> line(
                out,
                "peregrine_http_requests_total",
                labels(Map.of("route", key.route(), "status", Integer.toString(key.status()))),
                count.sum()));
        head(out, "peregrine_http_request_duration_seconds", "From the headers to the end of the answer.", "histogram");
        durations.forEach((route, histogram) -> write(out, route, histogram));
        synchronized (series) {
            series.forEach((name, one) -> {
                head(out, name, one.help(), one.type());
                line(out, name, "", one.value().getAsDouble());
            });
        }
        return out.toString();
    }

    private static void write(StringBuilder out, String route, Histogram histogram) {
        String name = "peregrine_http_request_duration_seconds";
        long count = 0;
        for (int i = 0; i <= BOUNDS.length; i++) {
            count += histogram.buckets[i].sum();
            String bound = i < BOUNDS.length ? number(BOUNDS[i]) : "+Inf";
            line(out, name + "_bucket", labels(new TreeMap<>(Map.of("route", route, "le", bound))), count);
        }
        line(out, name + "_sum", labels(Map.of("route", route)), histogram.nanos.sum() * 1e-9);
        line(out, name + "_count", labels(Map.of("route", route)), count);
    }

    private static void head(StringBuilder out, String name, String help, String type) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void line(StringBuilder out, String name, String labels, double value) {
        out.append(name).append(labels).append(' ').append(number(value)).append('\n');
    }

    private static String number(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String labels(Map<String, String> labels) {
        StringBuilder out = new StringBuilder("{");
        new TreeMap<>(labels).forEach((name, value) -> out.append(out.length() > 1 ? "," : "")
                .append(name)
                .append("=\"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
                .append('"'));
        return out.append('}').toString();
    }
}
