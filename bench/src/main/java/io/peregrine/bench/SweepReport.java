package io.peregrine.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The results of all starts, one line per case: the worst start and what others took of the
/// processors meanwhile, the median and the best, as fractions of the limit.
final class SweepReport {

    private final List<SweepCase> order;
    private final Map<String, List<SweepResult>> byCase = new TreeMap<>();

    SweepReport(List<SweepCase> order) {
        this.order = order;
    }

    void add(SweepResult result) {
        byCase.computeIfAbsent(result.chosen().toString(), name -> new ArrayList<>())
                .add(result);
    }

    /// Sorted by fraction, the worst first; empty if no start measured the case.
    private List<SweepResult> sorted(SweepCase chosen) {
        List<SweepResult> results = new ArrayList<>(byCase.getOrDefault(chosen.toString(), List.of()));
        results.sort(Comparator.comparingDouble(SweepResult::fraction));
        return results;
    }

    String table() {
        StringBuilder text = new StringBuilder(String.format(
                "%-24s %6s %6s %6s %6s %6s  %-10s %14s%n",
                "case", "starts", "worst", "others", "median", "best", "median", "bytes/call"));
        for (SweepCase chosen : order) {
            List<SweepResult> results = sorted(chosen);
            if (results.isEmpty()) {
                continue;
            }
            SweepResult median = results.get(results.size() / 2);
            text.append(String.format(
                    Locale.ROOT,
                    "%-24s %6d %5.1f%% %5.0f%% %5.1f%% %5.1f%%  %6.1f %-7s %10d%n",
                    chosen,
                    results.size(),
                    100 * results.getFirst().fraction(),
                    100 * results.getFirst().others(),
                    100 * median.fraction(),
                    100 * results.getLast().fraction(),
                    median.speed() / 1e9,
                    median.memory() ? "GB/s" : "GFLOP/s",
                    allocated(results)));
        }
        return text.toString();
    }

    private static long allocated(List<SweepResult> results) {
        return results.stream().mapToLong(SweepResult::allocated).max().orElse(0);
    }

    /// An array with one object per case.
    String json(int threads) {
        List<String> objects = new ArrayList<>();
        for (SweepCase chosen : order) {
            List<SweepResult> results = sorted(chosen);
            if (results.isEmpty()) {
                continue;
            }
            SweepResult median = results.get(results.size() / 2);
            objects.add(String.format(
                    Locale.ROOT,
                    "  {\"kernel\": \"%s\", \"variant\": \"%s\", \"threads\": %d, \"starts\": %d, \"limit\": \"%s\","
                            + " \"worst\": %.4f, \"others_at_worst\": %s, \"median\": %.4f, \"best\": %.4f, \"per_second\": %.0f,"
                            + " \"allocated_bytes_per_call\": %d, \"fma_flops_per_second\": %.0f,"
                            + " \"read_bytes_per_second\": %.0f}",
                    chosen.kind(),
                    chosen.variant(),
                    threads,
                    results.size(),
                    median.memory() ? "bandwidth" : "fma",
                    results.getFirst().fraction(),
                    number(results.getFirst().others()),
                    median.fraction(),
                    results.getLast().fraction(),
                    median.speed(),
                    allocated(results),
                    median.flops(),
                    median.bandwidth()));
        }
        return objects.isEmpty() ? "[]" : "[\n" + String.join(",\n", objects) + "\n]";
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.4f", value);
    }
}
