package io.peregrine.bench;

import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// Measures all kernels and formats in one process, in several processes, each in another order, and reports
/// the worst: a kernel that the JVM compiles well only sometimes, or only alone, is a slow kernel.
///
/// `java --add-modules jdk.incubator.vector -cp bench/target/benchmarks.jar io.peregrine.bench.Sweep --only
/// decode,prefill:Q4_K --starts 5`
///
/// Every start is a process of its own with this one's Java, class path and JVM options. Speeds are fractions
/// of the limits measured in the same process: `image` (products of a CLIP-L layer, 577 tokens), `prefill`
/// (512 tokens), `attention` (4096 tokens, causal) and `attention-image` of the multiply-add peak; `decode`
/// (one token, weights beyond the caches) and `context` (one token, 4096 positions, layers beyond the caches)
/// of the read bandwidth. A speed is the median of three repeats of at least 0.3 s after at least 0.6 s of
/// warming up.
public final class Sweep {

    private static final String USAGE = """
            usage: [--only LIST] [--starts N] [--threads N] [--seed N] [--exact] [--alone] [--json]
                   [--prefix COMMAND]

              --only LIST       what to measure, separated by commas: decode, decode:Q4_K, *:Q4_K, attention:128,
                                577x1024x4096:F16 (tokens x rows x columns); everything unless given
              --starts N        processes, each in another order: 5
              --threads N       the physical cores unless given
              --seed N          of the orders: 1
              --exact           keep f32 activations
              --alone           do not multiply with every format first
              --json            an array with one object per case
              --prefix COMMAND  what to start the processes with, such as a command that takes a lock
            """;

    private List<SweepCase> cases = SweepCase.catalogue();
    private String only = "";
    private int starts = 5;
    private int threads = Workers.defaultThreads();
    private long seed = 1;
    private boolean exact;
    private boolean alone;
    private boolean json;
    private boolean child;
    private String prefix = "";

    private Sweep() {}

    /// Runs a sweep; ends the process with 2 if the arguments are wrong, with 1 if a start fails.
    public static void main(String[] args) {
        Sweep sweep = new Sweep();
        try {
            if (Arrays.asList(args).contains("--help")) {
                System.out.print(USAGE);
                return;
            }
            sweep.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage());
            System.err.print(USAGE);
            System.exit(2);
        }
        if (sweep.child) {
            sweep.runHere(result -> System.out.println(result.toLine()));
        } else if (!sweep.runAll()) {
            System.exit(1);
        }
    }

    private void parse(String[] args) {
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--exact" -> exact = true;
                case "--alone" -> alone = true;
                case "--json" -> json = true;
                case "--child" -> child = true;
                default -> {
                    if (i + 1 == args.length) {
                        throw new IllegalArgumentException("option " + args[i] + " is unknown or needs a value");
                    }
                    set(args[i], args[i + 1]);
                    i++;
                }
            }
        }
    }

    private void set(String option, String value) {
        switch (option) {
            case "--only" -> {
                cases = SweepCase.choose(value);
                only = value;
            }
            case "--starts" -> starts = positive(option, value);
            case "--threads" -> threads = positive(option, value);
            case "--seed" -> seed = positive(option, value);
            case "--prefix" -> prefix = value;
            default -> throw new IllegalArgumentException("option " + option + " is unknown");
        }
    }

    private static int positive(String option, String value) {
        try {
            int number = Integer.parseInt(value);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below names the value.
        }
        throw new IllegalArgumentException(
                "option " + option + ": found " + value + ", expected a number of at least 1");
    }

    private void runHere(Consumer<SweepResult> results) {
        try (Workers workers = new Workers(threads)) {
            new SweepStart(workers, exact, seed).run(cases, alone, results);
        }
    }

    private boolean runAll() {
        SweepReport report = new SweepReport(cases);
        boolean whole = true;
        for (int i = 0; i < starts; i++) {
            long begin = System.nanoTime();
            String limits = runChild(seed + i, report);
            whole &= !limits.isEmpty();
            System.err.printf(
                    Locale.ROOT,
                    "start %d of %d: %.0f s, %s%n",
                    i + 1,
                    starts,
                    (System.nanoTime() - begin) * 1e-9,
                    limits.isEmpty() ? "failed" : limits);
        }
        if (json) {
            System.out.println(report.json(threads));
        } else {
            System.out.printf("%d threads, %s, fractions of the limits%n%n", threads, Compute.describe());
            System.out.print(report.table());
        }
        return whole;
    }

    /// @return the limits that the process found, in words, or nothing if it failed
    private String runChild(long childSeed, SweepReport report) {
        try {
            Process process = new ProcessBuilder(command(childSeed))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String limits = "";
            try (BufferedReader lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (SweepResult.isLine(line)) {
                        SweepResult result = SweepResult.ofLine(line);
                        report.add(result);
                        limits = String.format(
                                Locale.ROOT, "%.0f GFLOP/s, %.1f GB/s", result.flops() / 1e9, result.bandwidth() / 1e9);
                        System.err.printf(Locale.ROOT, "%-24s %5.1f%%%n", result.chosen(), 100 * result.fraction());
                    }
                }
            }
            return process.waitFor() == 0 ? limits : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private List<String> command(long childSeed) {
        List<String> command = new ArrayList<>();
        if (!prefix.isEmpty()) {
            command.addAll(List.of(prefix.split(" ")));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Sweep.class.getName(), "--child"));
        command.addAll(List.of("--threads", Integer.toString(threads), "--seed", Long.toString(childSeed)));
        if (!only.isEmpty()) {
            command.addAll(List.of("--only", only));
        }
        if (exact) {
            command.add("--exact");
        }
        if (alone) {
            command.add("--alone");
        }
        return command;
    }
}
