package io.peregrine.cli;

import io.peregrine.core.PeregrineException;
import io.peregrine.model.Conversation;
import io.peregrine.model.FinishReason;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.Model;
import io.peregrine.model.Region;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.image.Image;
import io.peregrine.model.sampling.SamplingOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `peregrine chat`: a conversation, line by line.
@Command(
        name = "chat",
        header = "Talk with a model, and show it pictures.",
        description = "Talk with a model. /image FILE shows it a picture with the next question; /help lists what "
                + "else there is. Ctrl-C stops an answer, Ctrl-D ends the conversation. Questions may also be "
                + "piped in, one per line.",
        footer = {
            "",
            "Examples:",
            "  peregrine chat -m model.gguf --mmproj mmproj.gguf",
            "  peregrine chat -m model.gguf --chat-template vicuna --system 'Answer in one sentence.'"
        })
final class Chat implements Callable<Integer> {

    private static final String HELP =
            """
            /image FILE   show a picture with the next question; several may be given
            /region FILE  speak of a region of the last picture in the next question, given as a mask
            /box X,Y,W,H  likewise, given as a box in pixels; in the question it stands at <mask><pos>
            /clear        forget the conversation, the system message excepted
            /help         this
            /exit         leave (or Ctrl-D)
            Ctrl-C        stop the answer
            """;

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Mixin
    private ModelArguments.Context context = new ModelArguments.Context();

    @Mixin
    private ChatArguments chat = new ChatArguments();

    @Mixin
    private SamplingArguments sampling = new SamplingArguments();

    @Mixin
    private GrammarArguments grammar = new GrammarArguments();

    @Option(names = "--image", paramLabel = "FILE", description = "A picture for the first question; repeatable.")
    private List<Path> images = new ArrayList<>();

    @Mixin
    private RegionArguments regions = new RegionArguments();

    private final PrintStream out;
    private final List<Image> shown = new ArrayList<>();
    private final List<Region> marked = new ArrayList<>();

    Chat(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        GenerateOptions options =
                sampling.generation(SamplingOptions.defaults()).withGrammar(grammar.read());
        SessionOptions session = context.options();
        images.forEach(file -> shown.add(Pictures.read(file)));
        marked.addAll(regions.read());
        try (Model model = modelArguments.load();
                Conversation talk = model.newConversation(session, chat.template(model));
                LineSource lines = LineSource.open()) {
            if (chat.system != null) {
                talk.system(chat.system);
            }
            if (lines.isTerminal()) {
                out.println("Context of " + talk.contextLength() + " tokens. /help lists the commands.");
            }
            for (String line = lines.next(); line != null && !line.strip().equals("/exit"); line = lines.next()) {
                if (!line.isBlank()) {
                    take(line.strip(), talk, options, lines, model);
                }
            }
        }
        return 0;
    }

    private void take(String line, Conversation talk, GenerateOptions options, LineSource lines, Model model) {
        try {
            if (!line.startsWith("/")) {
                ask(line, talk, options, lines);
            } else if (line.equals("/help")) {
                out.print(HELP);
            } else if (line.equals("/clear")) {
                talk.clear();
                shown.clear();
                marked.clear();
                out.println("(forgotten)");
            } else if (line.equals("/image") || line.startsWith("/image ")) {
                show(line.substring("/image".length()).strip(), model);
            } else if (line.startsWith("/region ")) {
                mark(Region.read(Path.of(line.substring("/region".length()).strip())));
            } else if (line.startsWith("/box ")) {
                markBox(line.substring("/box".length()).strip());
            } else {
                System.err.println("no such command: " + line + "; /help lists what there is");
            }
        } catch (PeregrineException e) {
            System.err.println("peregrine: " + e.getMessage());
        }
    }

    private void show(String file, Model model) {
        if (file.isEmpty()) {
            System.err.println("which picture? /image FILE");
        } else if (!model.seesImages()) {
            System.err.println("the model sees no pictures: start with --mmproj");
        } else {
            Image image = Pictures.read(Path.of(file));
            String cost = Sizes.cost(model.imageCost(image));
            shown.add(image);
            out.println("(" + image.width() + " x " + image.height() + " pixels, " + cost + "; goes with the next question)");
        }
    }

    private void mark(Region region) {
        marked.add(region);
        out.println("(region" + marked.size() + " of the next question)");
    }

    private void markBox(String box) {
        Region region;
        try {
            region = RegionArguments.box(box);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return;
        }
        mark(region);
    }

    /// Regions of a question that failed are forgotten with it: they may be why.
    private void ask(String question, Conversation talk, GenerateOptions options, LineSource lines) {
        try (AnswerPrinter printer = new AnswerPrinter(out);
                LineSource.Handle _ = lines.onInterrupt(talk::cancel)) {
            GenerateResult result = talk.ask(question, shown, marked, options, printer);
            shown.clear();
            out.println(result.finish() == FinishReason.CANCELLED ? " (stopped)" : "");
            if (modelArguments.verbose) {
                System.err.println(AnswerPrinter.timings(result));
            }
        } finally {
            marked.clear();
        }
    }
}
