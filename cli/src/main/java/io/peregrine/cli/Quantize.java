package io.peregrine.cli;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.QuantizeResult;
import io.peregrine.model.quantize.Quantizer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peregrine quantize`: a smaller GGUF file from a large one.
@Command(
        name = "quantize",
        header = "Write a GGUF file in another storage format.",
        description = "Write a GGUF file with its matrices in another storage format: a text model or an image encoder. "
                + "Norms, biases, convolutions and tables of positions stay as they are.",
        footer = {
            "",
            "TYPE: F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_K, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_K, Q4_1, Q4_0.",
            "See docs/QUANTIZE.md for their sizes and errors.",
            "",
            "Examples:",
            "  peregrine quantize model-F16.gguf model-Q4_K_M.gguf Q4_K_M",
            "  peregrine quantize mmproj-F16.gguf mmproj-Q8_0.gguf Q8_0 --keep '^mm\\.'",
            "  peregrine quantize model-F16.gguf model.gguf Q4_K_M --output-type Q8_0 --tensor-type attn_k=Q6_K"
        })
final class Quantize implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "IN", description = "A GGUF file; of a split model, any part.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path source;

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to be written.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path target;

    @Parameters(index = "2", paramLabel = "TYPE", description = "What to quantise to, see below.")
    @SuppressWarnings("NullAway.Init") // picocli
    private String type;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that encode. Default: one per processor that the process may use.")
    private int threads;

    @Option(
            names = {"-f", "--force"},
            description = "Replace OUT if it exists.")
    private boolean force;

    @Option(
            names = "--allow-requantize",
            description = "Take weights that are quantised already too. Their errors add up: better begin with F16.")
    private boolean allowRequantize;

    @Option(names = "--pure", description = "The same type for all matrices, the output matrix too.")
    private boolean pure;

    @Option(
            names = {"--output-type", "--output-tensor-type"},
            paramLabel = "TYPE",
            description = "The type of the output matrix.")
    private @Nullable String outputType;

    @Option(names = "--token-embedding-type", paramLabel = "TYPE", description = "The type of the token table.")
    private @Nullable String tokenEmbeddingType;

    @Option(
            names = "--tensor-type",
            paramLabel = "PATTERN=TYPE",
            description = "The type of matrices in whose name the regular expression is found; repeatable.")
    private List<String> tensorTypes = new ArrayList<>();

    @Option(
            names = "--keep",
            paramLabel = "PATTERN",
            description = "Matrices in whose name the regular expression is found stay as they are; repeatable.")
    private List<String> keep = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only tell what would become of each tensor.")
    private boolean dryRun;

    @Option(
            names = {"-v", "--verbose"},
            description = "Tell what became of each tensor.")
    private boolean verbose;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec spec;

    private final PrintStream out;

    Quantize(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() {
        QuantizeResult result;
        try (Progress progress = Progress.of("quantising " + source.getFileName());
                ExitGuard guard = new ExitGuard()) {
            QuantizeOptions options = Usage.checked(spec, this::options).withListener((done, total) -> {
                progress.update((double) done / Math.max(1, total));
                return !guard.stopped();
            });
            Quantizer quantizer = new Quantizer(options);
            result = dryRun ? quantizer.plan(source) : quantizer.quantize(source, target);
        }
        if (dryRun || verbose) {
            table(result);
        }
        result.notes().forEach(note -> System.err.println("note: " + note));
        out.println(summary(result));
        return 0;
    }

    private QuantizeOptions options() {
        Map<String, TensorType> types = new LinkedHashMap<>();
        for (String text : tensorTypes) {
            int equals = text.lastIndexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("--tensor-type: found " + text + ", expected PATTERN=TYPE");
            }
            types.putIfAbsent(text.substring(0, equals), Mix.type(text.substring(equals + 1)));
        }
        return new QuantizeOptions(
                Mix.of(type),
                pure,
                outputType == null ? null : Mix.type(outputType),
                tokenEmbeddingType == null ? null : Mix.type(tokenEmbeddingType),
                types,
                keep.stream().map(QuantizeOptions::pattern).toList(),
                allowRequantize,
                force,
                threads,
                (_, _) -> true);
    }

    private void table(QuantizeResult result) {
        Table table = new Table("tensor", "shape", "from", "to", "size").right(4);
        for (QuantizeResult.Change change : result.tensors()) {
            table.row(
                    change.name(),
                    change.shape().toString(),
                    change.from().toString(),
                    change.to().toString(),
                    Sizes.bytes(change.bytes()));
        }
        table.print(out);
        out.println();
    }

    private String summary(QuantizeResult result) {
        long changed = result.tensors().stream()
                .filter(tensor -> tensor.from() != tensor.to())
                .count();
        return String.format(
                Locale.ROOT,
                "%s%s: %s, %.2f bits per weight, from %s, %.2f bits per weight; %d of %d tensors quantised%s",
                dryRun ? "would write " : "",
                target,
                Sizes.bytes(result.bytes()),
                8.0 * result.bytes() / Math.max(1, result.elements()),
                Sizes.bytes(result.bytesBefore()),
                8.0 * result.bytesBefore() / Math.max(1, result.elements()),
                changed,
                result.tensors().size(),
                dryRun ? "" : " in " + Sizes.seconds(result.time()));
    }
}
