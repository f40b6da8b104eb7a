package io.peregrine.cli;

import io.peregrine.model.Conversation;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.image.Image;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `peregrine demo`: the bundled model looks at a picture.
@Command(
        name = "demo",
        header = "Look at a picture with the bundled model.",
        description = "Look at a picture with the bundled model: a caption, two answers, and what they took. The "
                + "model has 3.1 million parameters, knows coloured shapes and printed numbers, and is there "
                + "to show the engine: on 400 unseen pictures 95 % of its captions, 89 % of its answers and 63 "
                + "% of the numbers are exactly right.",
        footer = {
            "",
            "Examples:",
            "  peregrine demo",
            "  peregrine demo --picture 5 -p 'What is at the top left?'",
            "  peregrine demo --image my-shapes.png"
        })
final class Demo implements Callable<Integer> {

    private static final String TEXT = "shapes-text-Q8_0.gguf";
    private static final String VISION = "shapes-mmproj-F16.gguf";
    private static final int PICTURES = 12;
    private static final int MAX_TOKENS = 64;

    @Option(
            names = "--picture",
            paramLabel = "N",
            defaultValue = "1",
            description = "Which of the bundled pictures, 0 to 11. Default: ${DEFAULT-VALUE}.")
    private int number;

    @Option(names = "--image", paramLabel = "FILE", description = "A picture of your own.")
    private @Nullable Path own;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "QUESTION",
            description = "What to ask instead; repeatable.")
    private List<String> questions = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec spec;

    private final PrintStream out;

    Demo(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        if (number < 0 || number >= PICTURES) {
            throw new ParameterException(
                    spec.commandLine(), "--picture: found " + number + ", expected a number from 0 to " + (PICTURES - 1));
        }
        run();
        return 0;
    }

    private void run() throws IOException {
        String name = own == null ? "picture" + number + ".png" : own.toString();
        Image picture = own == null ? bundledPicture(name) : Pictures.read(own);
        out.println("picture: " + name + ", " + picture.width() + " x " + picture.height() + " pixels"
                + (own == null ? " (bundled)" : ""));
        if (Console.answersAreSeen()) {
            out.print(Preview.of(picture));
        }

        long start = System.nanoTime();
        try (Model model = load(LoadOptions.defaults());
                Conversation talk = model.newConversation()) {
            Duration loading = Duration.ofNanos(System.nanoTime() - start);
            List<GenerateResult> results = new ArrayList<>();
            for (String question : asked()) {
                out.println();
                out.println("> " + question);
                results.add(answer(talk, question, picture));
            }
            out.println();
            out.println(summary(loading, results));
        }
    }

    /// Loads the bundled model, out of the jar by way of a folder that is gone when this returns.
    ///
    /// @param options of which those about files do not count
    static Model load(LoadOptions options) throws IOException {
        Path folder = Files.createTempDirectory("peregrine-demo");
        try {
            copy(TEXT, folder);
            copy(VISION, folder);
            return Model.load(
                    folder.resolve(TEXT),
                    options.withMmproj(folder.resolve(VISION)).withCopyWeights(true));
        } finally {
            for (String file : List.of(TEXT, VISION)) {
                Files.deleteIfExists(folder.resolve(file));
            }
            Files.delete(folder);
        }
    }

    private List<String> asked() {
        return questions.isEmpty()
                ? List.of("Describe the image.", "How many shapes are there?", "What is the background color?")
                : questions;
    }

    /// The model was trained on single questions: each begins the conversation anew, which encodes nothing again.
    private GenerateResult answer(Conversation talk, String question, Image picture) {
        try (AnswerPrinter printer = new AnswerPrinter(out)) {
            talk.clear();
            GenerateResult result = talk.ask(
                    question, List.of(picture), GenerateOptions.greedy().withMaxTokens(MAX_TOKENS), printer);
            out.println();
            return result;
        }
    }

    private static String summary(Duration loading, List<GenerateResult> results) {
        GenerateResult first = results.getFirst();
        double promptTokens = 0;
        double promptSeconds = 0;
        double answerTokens = 0;
        double answerSeconds = 0;
        for (GenerateResult result : results) {
            promptTokens += result.promptTokens() - result.reusedTokens();
            promptSeconds += result.promptTime().toNanos() * 1e-9;
            answerTokens += Math.max(0, result.tokens().size() - 1);
            answerSeconds += result.answerTime().toNanos() * 1e-9;
        }
        return String.format(
                Locale.ROOT,
                "load %s, image encoding %s, prompt %.0f tokens/s, generation %.0f tokens/s (cold: the first seconds of a"
                        + " JVM; see bench)",
                Sizes.seconds(loading),
                Sizes.seconds(first.imageTime()),
                promptTokens / promptSeconds,
                answerSeconds == 0 ? 0 : answerTokens / answerSeconds);
    }

    private static Image bundledPicture(String name) throws IOException {
        try (InputStream in = resource(name)) {
            return Image.read(in.readAllBytes());
        }
    }

    private static void copy(String name, Path folder) throws IOException {
        try (InputStream in = resource(name)) {
            Files.copy(in, folder.resolve(name));
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream in = Demo.class.getResourceAsStream("demo/" + name);
        if (in == null) {
            throw new FileNotFoundException("demo/" + name + " is not in the jar of the command");
        }
        return in;
    }
}
