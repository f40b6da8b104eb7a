package io.peregrine.cli;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.FiniteWeights;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options of commands that load a model.
final class ModelArguments {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            required = true,
            description = "The language model, a GGUF file; of a split model, any part.")
    @SuppressWarnings("NullAway.Init") // picocli
    Path model;

    @Option(
            names = "--mmproj",
            paramLabel = "FILE",
            description = "The image encoder that belongs to it, a GGUF file.")
    @Nullable
    Path mmproj;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that compute. Default: the physical cores that the process may use.")
    int threads;

    @Option(
            names = "--copy-weights",
            description = "Read the weights into memory instead of mapping the files, which may then be changed.")
    boolean copyWeights;

    @Option(
            names = "--check-tensors",
            description = "Before anything else, look through all weights for numbers that are infinite or no numbers.")
    boolean checkTensors;

    @Option(
            names = "--fit",
            paramLabel = "HOW",
            description = "How a picture becomes square, and nothing but that: ${COMPLETION-CANDIDATES}. Default: as the"
                    + " model's authors do.")
    @Nullable
    Fit fit;

    @Option(
            names = "--max-tiles",
            paramLabel = "N",
            defaultValue = "0",
            description = "Cut a picture into at most N tiles, where the model does that: faster, and shorter prompts. 1 is"
                    + " the whole picture alone for models that see it beside its tiles anyway. Default: as many as"
                    + " the file allows.")
    int maxTiles;

    @Option(
            names = "--image-max-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description = "A picture, or each of its tiles, takes at most N tokens, where the model chooses its size:"
                    + " faster, and less detail. Default: as the file says.")
    int imageMaxTokens;

    @Option(
            names = "--image-min-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description = "A picture takes at least N tokens, where the model chooses its size: small things in it are"
                    + " found better. Default: as the file says.")
    int imageMinTokens;

    @Option(
            names = "--preprocess",
            paramLabel = "WHOSE",
            defaultValue = "authors",
            description = "How pictures are resized and cut where programs differ: as the model's 'authors' do, or as"
                    + " 'llama.cpp' does. Default: ${DEFAULT-VALUE}.")
    String preprocess = "authors";

    @Option(
            names = "--feature-layer",
            paramLabel = "N",
            defaultValue = "-1",
            description = "Take the image features after this block of the tower, against what the file says.")
    int featureLayer;

    @Option(
            names = {"-v", "--verbose"},
            description = "Tell what was noticed in the files, and what was chosen.")
    boolean verbose;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    /// Whether a model was named. Where it need not be, [#model] is null if not.
    boolean namesModel() {
        return command.commandLine().getParseResult().hasMatchedOption("--model");
    }

    /// Looks through the weights of a file, with progress on the terminal if it takes long.
    static void checkWeights(GgufFile file) {
        try (Progress progress = Progress.of("checking " + file.path().getFileName())) {
            FiniteWeights.check(file, (done, total) -> {
                progress.update((double) done / Math.max(1, total));
                return true;
            });
        }
    }

    private static void checkWeights(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            checkWeights(file);
        }
    }

    /// Looks through the weights of the files, if that was asked for.
    void checkWeights() {
        if (checkTensors) {
            checkWeights(model);
            if (mmproj != null) {
                checkWeights(mmproj);
            }
        }
    }

    /// Loads the model, with progress on the terminal if it takes long.
    Model load() {
        checkWeights();
        try (Progress progress = Progress.of("loading " + model.getFileName())) {
            return tellNotes(Model.load(model, options(progress, () -> true)));
        }
    }

    /// What the options say about loading.
    ///
    /// @param goOn asked now and then while it loads
    /// @throws picocli.CommandLine.ParameterException naming an option that is out of range
    LoadOptions options(Progress progress, BooleanSupplier goOn) {
        return Usage.checked(command, () -> LoadOptions.defaults()
                .withMmproj(mmproj)
                .withThreads(threads)
                .withCopyWeights(copyWeights)
                .withFeatureLayer(featureLayer)
                .withFit(fit)
                .withMaxTiles(maxTiles)
                .withPreprocess(Preprocess.of(preprocess))
                .withImageTokens(imageMinTokens, imageMaxTokens)
                .withListener((done, total) -> {
                    progress.update((double) done / Math.max(1, total));
                    return goOn.getAsBoolean();
                }));
    }

    /// Tells what was noticed in the files, if that was asked for.
    ///
    /// @return the model
    Model tellNotes(Model loaded) {
        if (verbose) {
            loaded.notes().forEach(note -> System.err.println("note: " + note));
        }
        return loaded;
    }

    /// The options of commands that hold a sequence.
    static final class Context {

        @Option(
                names = {"-c", "--ctx"},
                paramLabel = "N",
                defaultValue = "0",
                description = "Tokens that prompt and answer may take together. Default: what the model was trained for,"
                        + " at most 8192.")
        int contextLength;

        @Option(
                names = "--cache-type",
                paramLabel = "TYPE",
                defaultValue = "f16",
                description = "How keys and values are kept: f16 or f32. Default: ${DEFAULT-VALUE}.")
        String cacheType = "f16";

        @Option(names = "--exact", description = "Keep f32 activations everywhere, without faster roundings.")
        boolean exact;

        @Spec(Spec.Target.MIXEE)
        @SuppressWarnings("NullAway.Init") // picocli
        private CommandSpec command;

        /// @throws picocli.CommandLine.ParameterException naming an option that is out of range
        SessionOptions options() {
            return Usage.checked(command, this::checkedOptions);
        }

        private SessionOptions checkedOptions() {
            TensorType cache =
                    switch (cacheType.toLowerCase(Locale.ROOT)) {
                        case "f16" -> TensorType.F16;
                        case "f32" -> TensorType.F32;
                        default ->
                            throw new IllegalArgumentException(
                                    "cache-type: found " + cacheType + ", expected f16 or f32");
                    };
            return new SessionOptions(contextLength, cache, exact);
        }
    }
}
