package io.peregrine.cli;

import io.peregrine.core.PeregrineException;
import io.peregrine.model.Comparison;
import io.peregrine.model.Embedding;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.ImageIndex;
import io.peregrine.model.IndexListener;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.LongText;
import io.peregrine.model.image.ImageFormatException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `peregrine embed`: pictures and texts as vectors of one space, compared or written to files.
///
/// A picture that is named and cannot be read is an error; one that is found in a folder is told of and left out.
@Command(
        name = "embed",
        header = "Compare pictures with texts, and search pictures.",
        description = "Compare pictures with texts, using a CLIP model whose file holds both towers. With several texts: "
                + "which of them fits each picture, with probabilities. With one text: which pictures fit it best. A "
                + "picture of a folder that cannot be read is told of and left out.",
        footer = {
            "",
            "Examples:",
            "  peregrine embed -m clip.gguf --image cat.jpg --text 'a photo of a cat' --text 'a photo of a dog'",
            "  peregrine embed -m clip.gguf --image holiday/ --text 'a boat on the beach' --top 5",
            "  peregrine embed -m clip.gguf --image a.png b.png --text 'a cat' 'a dog' -o vectors"
        })
final class Embed implements Callable<Integer> {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            required = true,
            description = "The model, a GGUF file with an image tower and a text tower.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path model;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            arity = "1..*",
            description = "A picture, or a folder of which all pictures are taken (not those of folders in it); "
                    + "repeatable.")
    private List<Path> images = new ArrayList<>();

    @Option(names = "--text", paramLabel = "TEXT", arity = "1..*", description = "A text; repeatable.")
    private List<String> texts = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Instead of a table, write imageI.embedding.npy and textI.embedding.npy (of length 1), and "
                    + "logits.npy, [images, texts]. The folder is made if it is not there.")
    private @Nullable Path folder;

    @Option(
            names = "--top",
            paramLabel = "K",
            description = "Show the best K: texts of each picture, or pictures of the one text. Default: all.")
    private int top = Integer.MAX_VALUE;

    @Option(names = "--json", description = "Print the comparison as a JSON object.")
    private boolean json;

    @Option(
            names = "--truncate",
            description = "Cut texts that have more tokens than the model takes, instead of refusing them.")
    private boolean truncate;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that compute. Default: the physical cores that the process may use.")
    private int threads;

    @Option(
            names = "--copy-weights",
            description = "Read the weights into memory instead of mapping the file, which may then be changed.")
    private boolean copyWeights;

    @Option(
            names = {"-v", "--verbose"},
            description = "Tell what was noticed in the file, and what was chosen.")
    private boolean verbose;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    private final PrintStream out;

    Embed(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        check();
        Set<Path> named = new HashSet<>();
        List<Path> files = new ArrayList<>();
        for (Path image : images) {
            if (Files.isDirectory(image)) {
                files.addAll(ImageIndex.pictures(image));
            } else {
                files.add(image);
                named.add(image);
            }
        }
        try (EmbeddingModel loaded = load()) {
            List<Embedding> textEmbeddings =
                    loaded.embedTexts(texts, truncate ? LongText.CUT : LongText.REFUSE);
            ImageIndex index = loaded.newIndex();
            List<EmbedReport.Skipped> skipped = add(index, files, named);
            List<ImageIndex.Entry> entries = index.entries();
            List<Embedding> pictures =
                    entries.stream().map(ImageIndex.Entry::embedding).toList();
            Comparison comparison = loaded.compareEmbeddings(pictures, textEmbeddings);
            if (folder != null) {
                comparison.write(folder);
            }
            List<String> names = entries.stream().map(ImageIndex.Entry::name).toList();
            EmbedReport report = new EmbedReport(names, texts, comparison, top);
            if (json) {
                report.printJson(out, skipped);
            } else if (folder == null) {
                report.printTable(out);
            }
        }
        return 0;
    }

    private void check() {
        if (folder == null && (images.isEmpty() || texts.isEmpty()) || images.isEmpty() && texts.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "nothing to compare: give pictures with --image and texts with --text, or a folder for their "
                            + "vectors with --output");
        }
        if (top < 1) {
            throw new ParameterException(command.commandLine(), "--top: found " + top + ", expected at least 1");
        }
    }

    private EmbeddingModel load() {
        try (Progress progress = Progress.of("loading " + model.getFileName())) {
            LoadOptions options = Usage.checked(command, () -> LoadOptions.defaults()
                    .withThreads(threads)
                    .withCopyWeights(copyWeights)
                    .withListener((done, total) -> {
                        progress.update((double) done / Math.max(1, total));
                        return true;
                    }));
            EmbeddingModel loaded = EmbeddingModel.load(model, options);
            if (verbose) {
                loaded.notes().forEach(note -> System.err.println("note: " + note));
            }
            return loaded;
        }
    }

    /// @param named files that the user named: each must be a picture
    private static List<EmbedReport.Skipped> add(ImageIndex index, List<Path> files, Set<Path> named) {
        List<EmbedReport.Skipped> skipped = new ArrayList<>();
        try (Progress progress = Progress.of("looking at " + files.size() + " pictures")) {
            index.addFiles(files, new IndexListener() {
                @Override
                public void indexed(int done, int total) {
                    progress.update((double) done / total);
                }

                @Override
                public void noted(Path file, String note) {
                    progress.wipe();
                    System.err.println("note: " + file + ": " + note);
                }

                @Override
                public void unreadable(Path file, PeregrineException reason) {
                    if (named.contains(file)) {
                        throw reason;
                    }
                    progress.wipe();
                    System.err.println("left out: " + reason.getMessage());
                    skipped.add(new EmbedReport.Skipped(file.toString(), String.valueOf(reason.getMessage())));
                }
            });
        }
        if (!files.isEmpty() && skipped.size() == files.size()) {
            throw new ImageFormatException(
                    skipped.getFirst().image(), "nor any other picture can be read", "the reasons are told above");
        }
        return skipped;
    }
}
