package io.peregrine.cli;

import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.TraceResult;
import io.peregrine.model.image.Image;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `peregrine trace`: everything that a model computes for a prompt, to compare engines with.
@Command(
        name = "trace",
        header = "Write what a model computes for a prompt.",
        description = "Run a prompt greedily and write what was computed: the layout of the sequence, logits, "
                + "image embeddings, tower features and pixels, as JSON and NPY. The prompt is taken verbatim: "
                + "no chat template, special tokens are parsed, <__media__> stands for the next image, and "
                + "<mask><pos> for the next region.",
        footer = {
            "",
            "Example:",
            "  peregrine trace -m model.gguf --mmproj mmproj.gguf --image cat.png -p 'USER: <__media__> What is it?' \\",
            "      -n 8 -o trace"
        })
final class Trace implements Callable<Integer> {

    @Mixin
    private ModelArguments arguments = new ModelArguments();

    @Option(names = "--image", paramLabel = "FILE", description = "A picture for the next mark; repeatable.")
    private List<Path> images = new ArrayList<>();

    @Mixin
    private RegionArguments regions = new RegionArguments();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            required = true,
            description = "The prompt, verbatim.")
    @SuppressWarnings("NullAway.Init") // picocli
    private String prompt;

    @Option(
            names = {"-n", "--n-predict"},
            paramLabel = "N",
            defaultValue = "8",
            description = "Steps to generate. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            required = true,
            description = "The folder for the files; made if it is not there.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path folder;

    @Option(names = "--exact", description = "Keep f32 activations everywhere, without faster roundings.")
    private boolean exact;

    private final PrintStream out;

    Trace(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        List<Image> pictures = images.stream().map(Pictures::read).toList();
        Prompt raw = Prompt.raw(prompt, pictures, regions.read());
        try (Model model = arguments.load()) {
            TraceResult result = model.trace(raw, steps, exact);
            result.write(folder);
            out.println(result.text());
        }
        return 0;
    }
}
