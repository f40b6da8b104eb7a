package io.peregrine.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.MachineLimits;
import io.peregrine.kernels.Workers;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Session;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `peregrine bench`: how fast a model runs here, warm, and which part of the machine's own limits that is.
@Command(
        name = "bench",
        description = "Measure reading a prompt (pp), generating (tg) and encoding a picture (encode): the median "
                + "of several warm runs, and the fraction of this machine's limit: f32 multiply-adds for pp "
                + "and encode, streaming reads for tg.",
        footer = {
            "",
            "Examples:",
            "  peregrine bench -m model.gguf",
            "  peregrine bench -m model.gguf --mmproj mmproj.gguf -t 1,2 -r 5 --json",
            "  peregrine bench --roofline"
        })
final class Bench implements Callable<Integer> {

    private static final int MAX_WARM_UPS = 6;
    private static final double STEADY = 1.03;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "The language model; repeatable.")
    private List<Path> models = new ArrayList<>();

    @Option(names = "--mmproj", paramLabel = "FILE", description = "The image encoder of the (only) model.")
    private @Nullable Path mmproj;

    @Option(
            names = {"-p", "--n-prompt"},
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens of the prompt; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
    private int promptTokens;

    @Option(
            names = {"-n", "--n-gen"},
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens to generate; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
    private int answerTokens;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            split = ",",
            description = "Threads, several values separated by commas. Default: the physical cores.")
    private List<Integer> threads = new ArrayList<>();

    @Option(
            names = {"-r", "--repetitions"},
            paramLabel = "N",
            defaultValue = "5",
            description = "Measured runs of each test, after warming up. Default: ${DEFAULT-VALUE}.")
    private int repetitions;

    @Option(names = "--exact", description = "Keep f32 activations everywhere, without faster roundings.")
    private boolean exact;

    @Option(names = "--roofline", description = "Print the limits of the machine and measure nothing else.")
    private boolean roofline;

    @Option(names = "--json", description = "Print an array with one object per test.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec spec;

    private final PrintStream out;
    private final List<Row> rows = new ArrayList<>();
    private final List<Roofline> rooflines = new ArrayList<>();

    Bench(PrintStream out) {
        this.out = out;
    }

    /// One test: medians, and which part of which limit.
    private record Row(
            String model,
            String format,
            int threads,
            String test,
            boolean perToken,
            double median,
            double min,
            double max,
            double fraction,
            String limit,
            MachineLimits limits) {}

    /// The limits with a number of threads.
    private record Roofline(int threads, MachineLimits limits) {}

    @Override
    public Integer call() throws IOException {
        checkArguments();
        List<Integer> counts = threads.isEmpty() ? List.of(0) : threads;
        for (int count : counts) {
            MachineLimits limits = limits(count);
            for (Path file : models) {
                measure(file, count, limits);
            }
        }
        if (json) {
            writeJson();
        } else if (!roofline) {
            writeTable();
        }
        return 0;
    }

    private void checkArguments() {
        if (models.isEmpty() && !roofline) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--model=FILE' (or --roofline)");
        }
        if (mmproj != null && models.size() > 1) {
            throw new ParameterException(spec.commandLine(), "--mmproj goes with one model");
        }
        if (repetitions < 1 || promptTokens < 0 || answerTokens < 0 || threads.stream().anyMatch(t -> t < 1)) {
            throw new ParameterException(
                    spec.commandLine(), "-p and -n must be 0 or more, -r and -t at least 1");
        }
    }

    private MachineLimits limits(int count) {
        try (Workers workers = new Workers(count == 0 ? Runtime.getRuntime().availableProcessors() : count)) {
            MachineLimits limits = MachineLimits.measure(workers);
            if (roofline && json) {
                rooflines.add(new Roofline(workers.threads(), limits));
            }
            if (!json) {
                out.printf(
                        Locale.ROOT,
                        "%d threads, %s: %.0f GFLOP/s f32 multiply-add, %.1f GB/s read%n",
                        workers.threads(),
                        Compute.describe(),
                        limits.flopsPerSecond() / 1e9,
                        limits.bytesPerSecond() / 1e9);
            }
            return limits;
        }
    }

    private void measure(Path file, int count, MachineLimits limits) throws IOException {
        LoadOptions options = LoadOptions.defaults().withThreads(count).withMmproj(mmproj);
        try (Model model = Model.load(file, options);
                GgufFile text = GgufFile.open(file)) {
            String name = file.getFileName().toString();
            String format = Workload.format(text).toString();
            if (promptTokens > 0) {
                double limit = limits.flopsPerSecond() / Workload.promptOperations(text, promptTokens) * promptTokens;
                double[] speeds = runs(
                        "pp" + promptTokens,
                        () -> generate(model, randomTokens(model, promptTokens), 1),
                        GenerateResult::promptTokensPerSecond);
                add(name, format, model.threads(), "pp" + promptTokens, true, speeds, limit, "fma", limits);
            }
            if (answerTokens > 0) {
                double limit = limits.bytesPerSecond() / Workload.bytesPerToken(text);
                double[] speeds = runs(
                        "tg" + answerTokens,
                        () -> generate(model, randomTokens(model, 1), answerTokens + 1),
                        GenerateResult::answerTokensPerSecond);
                add(name, format, model.threads(), "tg" + answerTokens, true, speeds, limit, "bandwidth", limits);
            }
            if (mmproj != null) {
                measureImage(model, mmproj, limits);
            }
        }
    }

    private void measureImage(Model model, Path vision, MachineLimits limits) throws IOException {
        try (GgufFile file = GgufFile.open(vision)) {
            int size = file.metadata().integer("clip.vision.image_size", 1, 1 << 14);
            byte[] rgb = new byte[3 * size * size];
            new Random(1).nextBytes(rgb);
            Prompt prompt = Prompt.raw(Prompt.MEDIA, Image.of(rgb, size, size));
            double[] seconds = runs("encode", () -> generate(model, prompt, 1), result ->
                    result.imageTime().toNanos() * 1e-9);
            double limit = Workload.imageOperations(file) / limits.flopsPerSecond();
            add(
                    vision.getFileName().toString(),
                    Workload.format(file).toString(),
                    model.threads(),
                    "encode",
                    false,
                    seconds,
                    limit,
                    "fma",
                    limits);
        }
    }

    private GenerateResult generate(Model model, Prompt prompt, int tokens) {
        SessionOptions options = SessionOptions.defaults()
                .withContextLength(Math.max(promptTokens, 1024) + answerTokens + 4096)
                .withExact(exact);
        try (Session session = model.newSession(options)) {
            return session.generate(
                    prompt,
                    GenerateOptions.greedy().withMaxTokens(tokens).withIgnoreEnd(true),
                    GenerateListener.NONE);
        }
    }

    private static Prompt randomTokens(Model model, int count) {
        int vocab = model.tokenizer().vocabulary().size();
        return Prompt.tokens(new Random(count).ints(count, 0, vocab).toArray());
    }

    /// Warms up until a run is no more than 3 % faster than the best before it, then measures.
    private double[] runs(String test, Callable<GenerateResult> run, ToDoubleFunction<GenerateResult> figure)
            throws IOException {
        try (Progress progress = Progress.of(test)) {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < MAX_WARM_UPS; i++) {
                long start = System.nanoTime();
                run.call();
                double seconds = (System.nanoTime() - start) * 1e-9;
                if (i > 1 && seconds * STEADY > best) {
                    break;
                }
                best = Math.min(best, seconds);
            }
            double[] figures = new double[repetitions];
            for (int i = 0; i < repetitions; i++) {
                progress.update((double) i / repetitions);
                figures[i] = figure.applyAsDouble(run.call());
            }
            Arrays.sort(figures);
            return figures;
        } catch (RuntimeException | IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /// @param limit the figure at the machine's limit: tokens per second, or seconds
    private void add(
            String model,
            String format,
            int threadCount,
            String test,
            boolean perToken,
            double[] sorted,
            double limit,
            String limitName,
            MachineLimits limits) {
        double median = sorted[sorted.length / 2];
        rows.add(new Row(
                model,
                format,
                threadCount,
                test,
                perToken,
                median,
                sorted[0],
                sorted[sorted.length - 1],
                perToken ? median / limit : limit / median,
                limitName,
                limits));
    }

    private void writeTable() {
        Table table = new Table("model", "format", "threads", "test", "median", "min", "max", "unit", "of limit")
                .right(2)
                .right(4)
                .right(5)
                .right(6)
                .right(8);
        for (Row row : rows) {
            table.row(
                    row.model,
                    row.format,
                    Integer.toString(row.threads),
                    row.test,
                    figure(row.median),
                    figure(row.min),
                    figure(row.max),
                    row.perToken ? "tokens/s" : "s",
                    String.format(Locale.ROOT, "%.0f %% %s", 100 * row.fraction, row.limit));
        }
        table.print(out);
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.3f" : "%.1f", value);
    }

    private void writeJson() throws IOException {
        try (JsonGenerator to = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter()) {
            to.writeStartArray();
            for (Roofline row : rooflines) {
                to.writeStartObject();
                to.writeNumberField("threads", row.threads);
                writeLimits(to, row.limits);
                to.writeEndObject();
            }
            for (Row row : rows) {
                to.writeStartObject();
                to.writeStringField("model", row.model);
                to.writeStringField("format", row.format);
                to.writeNumberField("threads", row.threads);
                to.writeStringField("test", row.test);
                to.writeNumberField(row.perToken ? "tokens_per_second" : "seconds", row.median);
                to.writeNumberField("min", row.min);
                to.writeNumberField("max", row.max);
                to.writeNumberField("fraction", row.fraction);
                to.writeStringField("limit", row.limit);
                writeLimits(to, row.limits);
                to.writeEndObject();
            }
            to.writeEndArray();
        }
        out.println();
    }

    private static void writeLimits(JsonGenerator to, MachineLimits limits) throws IOException {
        to.writeNumberField("fma_flops_per_second", limits.flopsPerSecond());
        to.writeNumberField("read_bytes_per_second", limits.bytesPerSecond());
    }
}
