package io.peregrine.cli.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// What a soak has measured, and what that says. One thread.
final class SoakReport {

    private static final double NANOS_PER_HOUR = 3.6e12;
    private static final double MB = 1 << 20;

    /// A look from outside; the heap is -1 if it was not asked for.
    private record Point(long nanos, ServerProcess.Sample sample, long heap) {}

    private final Duration length;
    private final int clients;
    private final int pauseMillis;
    private final Tally tally;
    private final List<Point> points = new ArrayList<>();
    private ServerProcess.@Nullable Sample before;
    private ServerProcess.@Nullable Sample after;
    private long heapBefore;
    private long heapAfter;
    private long start;
    private long warm;
    private long end;
    private int exit;
    private List<String> suspicious = List.of();

    SoakReport(Duration length, int clients, int pauseMillis, Tally tally) {
        this.length = length;
        this.clients = clients;
        this.pauseMillis = pauseMillis;
        this.tally = tally;
    }

    void before(ServerProcess.Sample sample, long heap) {
        before = sample;
        heapBefore = heap;
    }

    void after(ServerProcess.Sample sample, long heap) {
        after = sample;
        heapAfter = heap;
    }

    void add(long nanos, ServerProcess.Sample sample, long heap) {
        points.add(new Point(nanos, sample, heap));
    }

    /// When the clients began, when the server counts as warm, when the clients had gone.
    void span(long startNanos, long warmNanos, long endNanos) {
        start = startNanos;
        warm = warmNanos;
        end = endNanos;
    }

    void end(int exitCode, String log) {
        exit = exitCode;
        suspicious = log.lines()
                .filter(line -> line.contains("Exception") || line.contains("Error") || line.startsWith("\tat "))
                .limit(20)
                .toList();
    }

    ServerProcess.Sample before() {
        return Objects.requireNonNull(before);
    }

    ServerProcess.Sample after() {
        return Objects.requireNonNull(after);
    }

    int exit() {
        return exit;
    }

    List<String> unexpected() {
        return tally.unexpected();
    }

    /// Lines of the server's log that tell of exceptions.
    List<String> suspiciousLines() {
        return suspicious;
    }

    /// Bytes by which the heap after collections was larger in the last third of the warm time than in the first.
    long heapGrowth() {
        List<Point> collected =
                points.stream().filter(point -> point.heap() >= 0 && point.nanos() >= warm).toList();
        return growth(collected, Point::heap);
    }

    /// The same of the memory that the process holds.
    long rssGrowth() {
        return growth(points.stream().filter(point -> point.nanos() >= warm).toList(), p -> p.sample().rssBytes());
    }

    /// How many times as long the slowest of a hundred texts took in the second warm half as in the first.
    double drift() {
        long half = warm + (end - warm) / 2;
        return tally.millis(Deed.TEXT, 0.99, half, end) / tally.millis(Deed.TEXT, 0.99, warm, half);
    }

    private static long growth(List<Point> points, ToLongFunction<Point> value) {
        int third = points.size() / 3;
        return third == 0 ? 0 : median(points.subList(points.size() - third, points.size()), value)
                - median(points.subList(0, third), value);
    }

    private static long median(List<Point> points, ToLongFunction<Point> value) {
        return points.stream().mapToLong(value).sorted().toArray()[points.size() / 2];
    }

    /// The slope of the best line through the warm points.
    ///
    /// @return MB in an hour
    private double slope(ToLongFunction<Point> value) {
        List<Point> warmPoints = points.stream()
                .filter(point -> point.nanos() >= warm && value.applyAsLong(point) >= 0)
                .toList();
        double x = warmPoints.stream().mapToDouble(point -> point.nanos() - start).average().orElse(0);
        double y = warmPoints.stream().mapToLong(value).average().orElse(0);
        double products = 0;
        double squares = 0;
        for (Point point : warmPoints) {
            double distance = point.nanos() - start - x;
            products += distance * (value.applyAsLong(point) - y);
            squares += distance * distance;
        }
        return squares == 0 ? 0 : products / squares * NANOS_PER_HOUR / MB;
    }

    /// For people, and for `docs/RELIABILITY.md`.
    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(line("%d clients for %s, %d ms between two deeds on average; the first quarter warms up.",
                clients, length.toString().substring(2).toLowerCase(Locale.ROOT), pauseMillis));
        text.append("\n| deed | done | median ms | p99 ms, first warm half | p99 ms, second |\n|---|---|---|---|---|\n");
        long half = warm + (end - warm) / 2;
        for (Deed deed : Deed.values()) {
            text.append(line("| %s | %d | %.0f | %.0f | %.0f |", name(deed), tally.count(deed),
                    tally.millis(deed, 0.5, warm, end), tally.millis(deed, 0.99, warm, half),
                    tally.millis(deed, 0.99, half, end)));
        }
        text.append(line("%nUnexpected answers: %d. Told to come again later (503): %d. Exit code: %d.%n",
                tally.unexpectedCount(), tally.busyCount(), exit));
        text.append("| | idle before | most | idle after | slope when warm |\n|---|---|---|---|---|\n");
        text.append(line("| heap after a full collection, MB | %.1f | %.1f | %.1f | %+.1f MB/h |", heapBefore / MB,
                points.stream().mapToLong(Point::heap).max().orElse(0) / MB, heapAfter / MB, slope(Point::heap)));
        text.append(line("| RSS, MB | %.0f | %.0f | %.0f | %+.1f MB/h |", before().rssBytes() / MB,
                most(point -> point.sample().rssBytes()) / MB, after().rssBytes() / MB,
                slope(point -> point.sample().rssBytes())));
        text.append(line("| threads | %d | %d | %d | |", before().threads(), most(point -> point.sample().threads()),
                after().threads()));
        text.append(line("| descriptors | %d | %d | %d | |", before().descriptors(),
                most(point -> point.sample().descriptors()), after().descriptors()));
        text.append(line("| mapped regions of model files | %d | %d | %d | |", before().mappings(),
                most(point -> point.sample().mappings()), after().mappings()));
        tally.unexpected().forEach(what -> text.append("- ").append(what).append('\n'));
        return text.toString();
    }

    private long most(ToLongFunction<Point> value) {
        return points.stream().mapToLong(value).max().orElse(0);
    }

    private static String name(Deed deed) {
        return deed.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values) + "\n";
    }
}
