package io.peregrine.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MachineLimits;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What `peregrine bench` found, as text or JSON.
final class BenchReport {

    /// A test, and the limits of the machine with its threads.
    private record Test(BenchRow row, MachineLimits limits) {}

    /// The limits with a number of threads.
    private record Roofline(int threads, MachineLimits limits) {}

    private final List<Test> tests = new ArrayList<>();
    private final List<Roofline> rooflines = new ArrayList<>();

    void add(List<BenchRow> rows, MachineLimits limits) {
        rows.forEach(row -> tests.add(new Test(row, limits)));
    }

    void add(int threads, MachineLimits limits) {
        rooflines.add(new Roofline(threads, limits));
    }

    void printText(PrintStream out) {
        for (Roofline roofline : rooflines) {
            out.printf(
                    Locale.ROOT,
                    "%d threads, %s: %.0f GFLOP/s f32 multiply-add, %.1f GB/s read%n",
                    roofline.threads,
                    Compute.describe(),
                    roofline.limits.flopsPerSecond() / 1e9,
                    roofline.limits.bytesPerSecond() / 1e9);
        }
        if (!tests.isEmpty()) {
            printTable(out);
        }
    }

    private void printTable(PrintStream out) {
        Table table = new Table("model", "format", "threads", "test", "median", "min", "max", "unit", "of limit")
                .right(2)
                .right(4)
                .right(5)
                .right(6)
                .right(8);
        for (Test test : tests) {
            BenchRow row = test.row;
            table.row(
                    row.model(),
                    row.format(),
                    Integer.toString(row.threads()),
                    row.test(),
                    figure(row.median()),
                    figure(row.min()),
                    figure(row.max()),
                    row.perToken() ? "tokens/s" : "s",
                    String.format(Locale.ROOT, "%.0f %% %s", 100 * row.fraction(test.limits), row.limit()));
        }
        table.print(out);
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.3f" : "%.1f", value);
    }

    /// An array with one object per test.
    void printTests(PrintStream out) throws IOException {
        try (JsonGenerator to = generator(out)) {
            to.writeStartArray();
            for (Test test : tests) {
                BenchRow row = test.row;
                to.writeStartObject();
                to.writeStringField("model", row.model());
                to.writeStringField("format", row.format());
                to.writeNumberField("threads", row.threads());
                to.writeStringField("test", row.test());
                to.writeNumberField(row.perToken() ? "tokens_per_second" : "seconds", row.median());
                to.writeNumberField("min", row.min());
                to.writeNumberField("max", row.max());
                to.writeNumberField("fraction", row.fraction(test.limits));
                to.writeStringField("limit", row.limit());
                writeLimits(to, test.limits);
                to.writeEndObject();
            }
            to.writeEndArray();
        }
        out.println();
    }

    /// An array with one object per number of threads.
    void printLimits(PrintStream out) throws IOException {
        try (JsonGenerator to = generator(out)) {
            to.writeStartArray();
            for (Roofline roofline : rooflines) {
                to.writeStartObject();
                to.writeNumberField("threads", roofline.threads);
                writeLimits(to, roofline.limits);
                to.writeEndObject();
            }
            to.writeEndArray();
        }
        out.println();
    }

    private static JsonGenerator generator(PrintStream out) throws IOException {
        return new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter();
    }

    private static void writeLimits(JsonGenerator to, MachineLimits limits) throws IOException {
        to.writeNumberField("fma_flops_per_second", limits.flopsPerSecond());
        to.writeNumberField("read_bytes_per_second", limits.bytesPerSecond());
    }
}
