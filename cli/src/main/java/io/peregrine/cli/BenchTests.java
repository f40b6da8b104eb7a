package io.peregrine.cli;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.ImageCost;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Scheduler;
import io.peregrine.model.SchedulerOptions;
import io.peregrine.model.Session;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.Ticket;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Size;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The tests of one model: each a session of its own, warmed up, and run several times.
final class BenchTests implements AutoCloseable {

    private static final int MAX_WARM_UPS = 6;
    private static final double STEADY = 1.03;

    private final Model model;
    private final GgufFile text;
    private final String name;
    private final String format;
    private final int repetitions;
    private final boolean exact;
    private final List<BenchRow> rows = new ArrayList<>();

    /// @param file of the model
    /// @param repetitions measured runs of each test
    BenchTests(Model model, Path file, int repetitions, boolean exact) {
        this.model = model;
        this.text = GgufFile.open(file);
        this.name = fileName(file);
        this.format = Workload.format(text);
        this.repetitions = repetitions;
        this.exact = exact;
    }

    /// A run of a test.
    @FunctionalInterface
    private interface Run<T> {
        /// @param number of the run, from 0
        T run(int number, GenerateListener listener);
    }

    /// What clients that were served at once got, in tokens per second.
    ///
    /// @param total of all, prompts and waiting included
    /// @param slowest of the one that got least
    private record Served(double total, double slowest) {}

    /// Reading prompts, each another one: nothing is reused.
    void prompt(int tokens) {
        try (Session session = newSession(tokens + 1)) {
            GenerateOptions one = options(1);
            double[] speeds = runs(
                    "pp" + tokens,
                    (number, listener) -> session.generate(prompt(number, tokens), one, listener),
                    GenerateResult::promptTokensPerSecond);
            double work = Workload.promptOperations(text, tokens) / tokens;
            add(name, format, "pp" + tokens, true, speeds, work, false);
        }
    }

    /// Generating behind a prompt of `depth` tokens, or of one.
    void generate(int tokens, int depth) {
        String test = "tg" + tokens + (depth == 0 ? "" : "@d" + depth);
        int before = Math.max(depth, 1);
        try (Session session = newSession(before + tokens + 1)) {
            // The first token comes out of the prompt.
            GenerateOptions more = options(tokens + 1);
            double[] speeds = runs(
                    test,
                    (_, listener) -> session.generate(prompt(0, before), more, listener),
                    GenerateResult::answerTokensPerSecond);
            add(name, format, test, true, speeds, Workload.bytesPerToken(text, before, tokens), true);
        }
    }

    /// Answering clients that ask at once, each a prompt of its own: the tokens of all answers per second, and those of
    /// the slowest client.
    ///
    /// @param before tokens of each prompt
    /// @param tokens of each answer
    void serve(int clients, int before, int tokens) {
        SchedulerOptions options = SchedulerOptions.defaults()
                .withSequences(clients)
                .withIdleSequences(0)
                .withSession(SessionOptions.defaults()
                        .withContextLength(before + tokens)
                        .withExact(exact));
        try (Scheduler scheduler = model.newScheduler(options)) {
            List<Double> slowest = new ArrayList<>();
            String test = "serve" + clients;
            Run<Served> run = (number, listener) -> {
                List<Prompt> prompts = new ArrayList<>();
                for (int client = 0; client < clients; client++) {
                    prompts.add(prompt(number * clients + client, before));
                }
                return serve(scheduler, prompts, tokens, listener);
            };
            double[] totals = runs(test, run, served -> {
                slowest.add(served.slowest);
                return served.total;
            });
            double work = Workload.bytesPerToken(text, before, tokens) / clients;
            add(name, format, test, true, totals, work, true);
            double[] least = slowest.stream().mapToDouble(rate -> rate).sorted().toArray();
            add(name, format, test + ":slowest", true, least, work, true);
        }
    }

    private static Served serve(
            Scheduler scheduler, List<Prompt> prompts, int tokens, GenerateListener listener) {
        long start = System.nanoTime();
        List<Ticket> tickets = new ArrayList<>();
        for (Prompt prompt : prompts) {
            GenerateListener heard = tickets.isEmpty() ? listener : GenerateListener.NONE;
            tickets.add(scheduler.submit(prompt, options(tokens), heard));
        }
        double slowest = Double.MAX_VALUE;
        for (Ticket ticket : tickets) {
            GenerateResult result = ticket.await();
            double seconds = result.promptTime().plus(result.answerTime()).toNanos() * 1e-9;
            slowest = Math.min(slowest, result.tokens().size() / seconds);
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        return new Served(prompts.size() * tokens / seconds, slowest);
    }

    /// Encoding pictures, each another one. The decoder does not read them.
    ///
    /// @param asked the size of the pictures, or null: squares of the encoder's own size
    void encode(Path mmproj, @Nullable Size asked) {
        try (GgufFile file = GgufFile.open(mmproj);
                Session session = model.newSession(SessionOptions.defaults().withExact(exact))) {
            int size = file.metadata().integer("clip.vision.image_size", 1, 1 << 14);
            Size picture = asked == null ? new Size(size, size) : asked;
            String test = asked == null ? "encode" : "encode@" + asked.width() + "x" + asked.height();
            ImageCost cost = model.imageCost(picture(0, picture));
            Encoding encoding = new Encoding(session);
            double[] seconds = runs(
                    test,
                    (number, listener) -> encoding.run(Prompt.raw(Prompt.MEDIA, picture(number, picture)), listener),
                    result -> result.imageTime().toNanos() * 1e-9);
            double work = Workload.imageOperations(file, cost, encoding.layers);
            add(fileName(mmproj), Workload.format(file), test, false, seconds, work, false);
        }
    }

    /// Runs the image encoder and stops before the decoder; hears how many layers were run.
    private static final class Encoding {

        private final Session session;
        private int layers;

        Encoding(Session session) {
            this.session = session;
        }

        GenerateResult run(Prompt prompt, GenerateListener listener) {
            return session.generate(prompt, options(1), new GenerateListener() {
                @Override
                public void text(String text) {
                    listener.text(text);
                }

                @Override
                public void progress(Stage stage, int done, int total) {
                    if (stage == Stage.IMAGES) {
                        layers = total;
                        listener.progress(stage, done, total);
                    } else {
                        session.cancel();
                    }
                }
            });
        }
    }

    private static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }

    private Session newSession(int context) {
        return model.newSession(SessionOptions.defaults()
                .withContextLength(Math.max(context, 2))
                .withExact(exact));
    }

    private static GenerateOptions options(int tokens) {
        return GenerateOptions.greedy().withMaxTokens(tokens).withIgnoreEnd(true);
    }

    /// Random tokens; prompts of different numbers differ from their first token on.
    private Prompt prompt(int number, int tokens) {
        int vocab = model.tokenizer().vocabulary().size();
        int[] ids = new Random(number).ints(tokens, 0, vocab).toArray();
        ids[0] = number % vocab;
        return Prompt.tokens(ids);
    }

    private static Image picture(int number, Size size) {
        byte[] rgb = new byte[3 * size.width() * size.height()];
        new Random(number).nextBytes(rgb);
        return Image.of(rgb, size.width(), size.height());
    }

    /// Warms up until a run is no more than 3 % faster than the best before it, then measures.
    ///
    /// @return the figures, sorted
    private <T> double[] runs(String test, Run<T> run, ToDoubleFunction<T> figure) {
        try (Progress progress = Progress.of(name + " " + test)) {
            int most = MAX_WARM_UPS + repetitions;
            int number = 0;
            double best = Double.MAX_VALUE;
            while (number < MAX_WARM_UPS) {
                long start = System.nanoTime();
                run.run(number, shown(progress, number, most));
                number++;
                double seconds = (System.nanoTime() - start) * 1e-9;
                if (number > 2 && seconds * STEADY > best) {
                    break;
                }
                best = Math.min(best, seconds);
            }
            double[] figures = new double[repetitions];
            for (int i = 0; i < repetitions; i++) {
                figures[i] = figure.applyAsDouble(run.run(number + i, shown(progress, MAX_WARM_UPS + i, most)));
            }
            Arrays.sort(figures);
            return figures;
        }
    }

    private static GenerateListener shown(Progress progress, int run, int runs) {
        progress.update((double) run / runs);
        return new GenerateListener() {
            @Override
            public void text(String text) {}

            @Override
            public void progress(Stage stage, int done, int total) {
                progress.update((run + (double) done / total) / runs);
            }
        };
    }

    /// @param sorted the figures
    private void add(
            String file,
            String fileFormat,
            String test,
            boolean perToken,
            double[] sorted,
            double work,
            boolean readsMemory) {
        rows.add(new BenchRow(
                file,
                fileFormat,
                model.threads(),
                test,
                perToken,
                median(sorted),
                sorted[0],
                sorted[sorted.length - 1],
                work,
                readsMemory));
    }

    private static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    List<BenchRow> rows() {
        return rows;
    }

    @Override
    public void close() {
        text.close();
    }
}
