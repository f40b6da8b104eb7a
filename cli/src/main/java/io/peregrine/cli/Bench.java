package io.peregrine.cli;

import io.peregrine.kernels.MachineLimits;
import io.peregrine.kernels.Workers;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.image.ImageLimits;
import io.peregrine.model.image.Size;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `peregrine bench`: how fast a model runs here, warm, and which part of the machine's own limits that is.
///
/// The limits are measured before and after the models, with the same threads; the larger ones count.
@Command(
        name = "bench",
        header = "Measure the speed of this machine and of a model.",
        description = "Measure reading a prompt (pp), generating (tg) and encoding a picture (encode): the median "
                + "of several warm runs, and the fraction of this machine's limit: f32 multiply-adds for pp "
                + "and encode, streaming reads for tg.",
        footer = {
            "",
            "Examples:",
            "  peregrine bench -m model.gguf",
            "  peregrine bench -m model.gguf --mmproj mmproj.gguf -t 1,2 -r 5 --json",
            "  peregrine bench -m model.gguf --mmproj mm.gguf -p 0 -n 0 --image-size 640x480",
            "  peregrine bench -m model.gguf -p 0 --depth 0,4096",
            "  peregrine bench -m model.gguf -p 0 -n 0 --clients 1,8",
            "  peregrine bench --roofline"
        })
final class Bench implements Callable<Integer> {

    private static final int SERVED_TOKENS = 64;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "The language model; repeatable.")
    private List<Path> models = new ArrayList<>();

    @Option(names = "--mmproj", paramLabel = "FILE", description = "The image encoder of the (only) model.")
    private @Nullable Path mmproj;

    @Option(
            names = "--image-size",
            paramLabel = "WxH",
            converter = SizeConverter.class,
            description = "The size of the pictures that are encoded, in pixels; the test is then named encode@WxH. Default:"
                    + " a square of the encoder's own size.")
    private @Nullable Size imageSize;

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
            names = {"-d", "--depth"},
            paramLabel = "N",
            split = ",",
            defaultValue = "0",
            description = "Tokens of context that tg starts with, several values separated by commas; a test at a "
                    + "depth is named tg64@d4096. Default: ${DEFAULT-VALUE}.")
    private List<Integer> depths = new ArrayList<>();

    @Option(
            names = "--clients",
            paramLabel = "N",
            split = ",",
            description = "Clients that are served at once, several values separated by commas: each reads a prompt of 64"
                    + " tokens and generates 64, or fewer if -p and -n say so; the tests are named serve8 (the tokens of"
                    + " all answers) and serve8:slowest.")
    private List<Integer> clients = new ArrayList<>();

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

    /// `1024x768`.
    private static final class SizeConverter implements ITypeConverter<Size> {

        private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})");

        @Override
        public Size convert(String value) {
            Matcher size = SIZE.matcher(value);
            if (!size.matches()) {
                throw new TypeConversionException("'" + value + "' is no size such as 1024x768");
            }
            Size found = new Size(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
            ImageLimits limits = ImageLimits.DEFAULT;
            if (Math.max(found.width(), found.height()) > limits.maxSide() || found.area() > limits.maxPixels()) {
                throw new TypeConversionException("'" + value + "' is more than " + limits.maxSide()
                        + " pixels on a side or " + limits.maxPixels() / 1_000_000 + " megapixels");
            }
            return found;
        }
    }

    private final PrintStream out;

    Bench(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        checkArguments();
        BenchReport report = new BenchReport();
        List<Integer> counts = threads.isEmpty() ? List.of(Workers.defaultThreads()) : threads;
        for (int count : counts) {
            MachineLimits limits = limits(count);
            if (!roofline) {
                List<BenchRow> rows = new ArrayList<>();
                for (Path file : models) {
                    rows.addAll(measure(file, count));
                }
                limits = limits.max(limits(count));
                report.add(rows, limits);
            }
            report.add(count, limits);
        }
        if (!json) {
            report.printText(out);
        } else if (roofline) {
            report.printLimits(out);
        } else {
            report.printTests(out);
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
        if (imageSize != null && mmproj == null) {
            throw new ParameterException(spec.commandLine(), "--image-size needs --mmproj, whose pictures it is about");
        }
        if (repetitions < 1
                || promptTokens < 0
                || answerTokens < 0
                || threads.stream().anyMatch(t -> t < 1)
                || clients.stream().anyMatch(c -> c < 1 || c > 256)
                || depths.stream().anyMatch(d -> d < 0)) {
            throw new ParameterException(
                    spec.commandLine(), "-p, -n and --depth must be 0 or more, -r and -t at least 1, --clients from 1 to"
                            + " 256");
        }
    }

    private static MachineLimits limits(int count) {
        try (Progress progress = Progress.of("measuring the machine, " + count + " threads");
                Workers workers = new Workers(count)) {
            progress.update(0);
            return MachineLimits.measure(workers);
        }
    }

    private List<BenchRow> measure(Path file, int count) throws IOException {
        try (Model model = load(file, count);
                BenchTests tests = new BenchTests(model, file, repetitions, exact)) {
            if (promptTokens > 0) {
                tests.prompt(promptTokens);
            }
            if (answerTokens > 0) {
                for (int depth : depths) {
                    tests.generate(answerTokens, depth);
                }
            }
            for (int served : clients) {
                tests.serve(served, servedTokens(promptTokens), servedTokens(answerTokens));
            }
            if (mmproj != null) {
                tests.encode(mmproj, imageSize);
            }
            return tests.rows();
        }
    }

    /// Tokens of a client: as many as asked for of other tests, if these are not left out.
    private static int servedTokens(int asked) {
        return asked == 0 ? SERVED_TOKENS : Math.min(asked, SERVED_TOKENS);
    }

    private Model load(Path file, int count) {
        LoadOptions options = LoadOptions.defaults().withThreads(count).withMmproj(mmproj);
        try (Progress progress = Progress.of("loading " + file.getFileName())) {
            return Model.load(file, options.withListener((done, total) -> {
                progress.update(total == 0 ? 1 : (double) done / total);
                return true;
            }));
        }
    }
}
