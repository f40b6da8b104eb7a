package io.peregrine.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.peregrine.model.Conversation;
import io.peregrine.model.FinishReason;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Region;
import io.peregrine.model.Session;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.answer.GroundedText;
import io.peregrine.model.answer.Place;
import io.peregrine.model.answer.Point;
import io.peregrine.model.image.Image;
import io.peregrine.model.sampling.SamplingOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `peregrine run`: one question, one answer.
@Command(
        name = "run",
        header = "Answer one question, about pictures or not.",
        description = "The question goes through the model's chat "
                + "template; a model that has none, and sees no pictures, goes on from the text as it is (so "
                + "does any with --raw).",
        footer = {
            "",
            "Examples:",
            "  peregrine run -m model.gguf --mmproj mmproj.gguf --image photo.jpg -p 'What is in the picture?'",
            "  peregrine run -m model.gguf --temp 0 -n 100 -p 'Why is the sky blue?'",
            "  peregrine run -m osprey.gguf --mmproj mmproj.gguf --image street.jpg --box 120,40,64,80 \\",
            "      -p 'Please give me a short description of <mask><pos>.'",
            "  peregrine run -m v2.gguf --mmproj mm.gguf --image a.jpg --task detection -p 'dog' --draw boxes.png",
            "  peregrine run -m model.gguf --json-schema person.json -p 'Who wrote Faust? Answer in JSON.'",
            "  peregrine run -m model.gguf --raw -p 'Once upon a time' < /dev/null"
        })
final class RunCommand implements Callable<Integer> {

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

    @Option(names = "--image", paramLabel = "FILE", description = "A picture to look at; repeatable.")
    private List<Path> images = new ArrayList<>();

    @Mixin
    private RegionArguments regions = new RegionArguments();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The question; without it, standard input is read.")
    private @Nullable String prompt;

    @Option(
            names = "--raw",
            description = "No chat template: go on from the text; <__media__> in it stands for the next picture.")
    private boolean raw;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "What the question is, for models trained with tags for that. MiniGPT-v2: vqa, caption, "
                    + "grounding, refer, identify, detection.")
    private @Nullable String task;

    @Option(
            names = "--draw",
            paramLabel = "FILE",
            description = "Write a PNG file: the last picture, with the boxes that the answer names (MiniGPT-v2, "
                    + "Qwen-VL).")
    private @Nullable Path drawing;

    @Option(names = "--json", description = "Print the answer and what it took as a JSON object.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    private final PrintStream out;

    RunCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        if (task != null && raw) {
            throw new ParameterException(
                    command.commandLine(), "--task and --raw: a raw prompt has the tag of its task in it, or none");
        }
        if (drawing != null && images.isEmpty()) {
            throw new ParameterException(command.commandLine(), "--draw: found no --image to draw on");
        }
        GenerateOptions options =
                sampling.generation(SamplingOptions.defaults()).withGrammar(grammar.read());
        SessionOptions session = context.options();
        List<Image> pictures = images.stream().map(Pictures::read).toList();
        List<Region> marked = regions.read();
        String question = prompt != null ? prompt : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        try (Model model = modelArguments.load();
                AnswerPrinter printer = new AnswerPrinter(out)) {
            GenerateListener listener = json ? printer.silent() : printer;
            GenerateResult result = answer(model, session, tagged(model, question), pictures, marked, options, listener);
            List<Place> places = GroundedText.of(result.text()).places();
            if (json) {
                writeJson(result, places, pictures);
            } else {
                out.println();
                if (modelArguments.verbose) {
                    System.err.println(AnswerPrinter.timings(result));
                }
            }
            if (options.grammar() != null && result.finish() == FinishReason.LENGTH) {
                System.err.println("note: the limit of tokens ended the answer early; it is whole all the same");
            }
            if (drawing != null) {
                draw(places, pictures.getLast(), drawing);
            }
        }
        return 0;
    }

    private String tagged(Model model, String question) {
        if (task == null) {
            return question;
        }
        String tag = model.tasks().get(task);
        if (tag == null) {
            String known = model.tasks().isEmpty()
                    ? "this model knows no tasks"
                    : "expected one of " + String.join(", ", model.tasks().keySet());
            throw new ParameterException(command.commandLine(), "--task: found " + task + "; " + known);
        }
        return tag + question;
    }

    private static void draw(List<Place> places, Image picture, Path file) throws IOException {
        if (places.isEmpty()) {
            System.err.println("note: the answer names no boxes; " + file + " is the picture as it was");
        }
        new Drawing(picture).add(places).write(file);
    }

    private GenerateResult answer(
            Model model,
            SessionOptions sessionOptions,
            String question,
            List<Image> pictures,
            List<Region> marked,
            GenerateOptions options,
            GenerateListener listener)
            throws IOException {
        if (raw || (!chat.namesTemplate() && !model.hasChatTemplate())) {
            if (!raw) {
                System.err.println("note: the model has no chat template; going on from the text as it is");
            }
            try (Session session = model.newSession(sessionOptions)) {
                return session.generate(Prompt.raw(question, pictures, marked), options, listener);
            }
        }
        try (Conversation talk = model.newConversation(sessionOptions, chat.template(model))) {
            if (chat.system != null) {
                talk.system(chat.system);
            }
            return talk.ask(question, pictures, marked, options, listener);
        }
    }

    private void writeJson(GenerateResult result, List<Place> places, List<Image> pictures) throws IOException {
        try (JsonGenerator to = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter()) {
            to.writeStartObject();
            to.writeStringField("text", result.text());
            to.writeArrayFieldStart("places");
            for (Place place : places) {
                write(to, place, pictures);
            }
            to.writeEndArray();
            to.writeStringField("finish", result.finish().toString().toLowerCase(Locale.ROOT));
            to.writeNumberField("prompt_tokens", result.promptTokens());
            to.writeNumberField("image_tokens", result.imageTokens());
            to.writeNumberField("answer_tokens", result.tokens().size());
            to.writeNumberField("image_seconds", result.imageTime().toNanos() * 1e-9);
            to.writeNumberField("prompt_seconds", result.promptTime().toNanos() * 1e-9);
            to.writeNumberField("answer_seconds", result.answerTime().toNanos() * 1e-9);
            to.writeEndObject();
        }
        out.println();
    }

    /// As parts of width and height and, if there is a picture, in pixels of the last one: x and y of the
    /// upper left and the lower right corner of a box, of all corners of a quad.
    private static void write(JsonGenerator to, Place place, List<Image> pictures) throws IOException {
        List<Point> corners =
                switch (place) {
                    case Place.Box box -> List.of(box.from(), box.to());
                    case Place.Quad quad -> quad.corners();
                };
        to.writeStartObject();
        to.writeStringField("label", place.label());
        to.writeArrayFieldStart(place instanceof Place.Box ? "box" : "quad");
        for (Point corner : corners) {
            to.writeNumber(corner.x());
            to.writeNumber(corner.y());
        }
        to.writeEndArray();
        if (!pictures.isEmpty()) {
            to.writeArrayFieldStart("pixels");
            for (Point corner : corners) {
                Point.Pixel pixel = corner.in(pictures.getLast().width(), pictures.getLast().height());
                to.writeNumber(pixel.x());
                to.writeNumber(pixel.y());
            }
            to.writeEndArray();
        }
        to.writeEndObject();
    }
}
