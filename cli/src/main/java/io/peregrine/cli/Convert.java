package io.peregrine.cli;

import io.peregrine.cli.convert.Conversion;
import io.peregrine.cli.convert.Request;
import io.peregrine.model.quantize.Mix;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `peregrine convert`: GGUF files from the checkpoints that models are published in.
@Command(
        name = "convert",
        header = "Make GGUF files from a published checkpoint.",
        description = "Make GGUF files from a published checkpoint: CLIP, LLaVA, MiniGPT-4, MiniGPT-v2, Osprey, Fuyu,"
            + " Qwen-VL, and text models of the architecture llama. The system is recognised from config.json. Nothing"
            + " of a checkpoint is ever executed, and memory does not depend on its size. See docs/CONVERT.md.",
        footer = {
            "",
            "Examples:",
            "  peregrine convert --from llava-v1.5-7b --vision-tower clip-vit-large-patch14-336 -o text.gguf \\",
            "      --mmproj-out mmproj.gguf",
            "  peregrine convert --from llava-1.5-7b-hf --type q4_k_m -o text.gguf --mmproj-out mmproj.gguf",
            "  peregrine convert --from vicuna-7b --vision eva_vit_g.pth --qformer blip2_pretrained_flant5xxl.pth \\",
            "      --projector prerained_minigpt4_7b.pth -o text.gguf --mmproj-out mmproj.gguf"
        })
final class Convert implements Callable<Integer> {

    private static final int LARGEST_IMAGE = 1 << 14;

    @Option(
            names = "--from",
            paramLabel = "DIR",
            required = true,
            description = "The folder of the model, with config.json, weights and tokenizer.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path from;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The GGUF file of the text model, or the only one.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path output;

    @Option(names = "--mmproj-out", paramLabel = "FILE", description = "The GGUF file of the vision part.")
    private @Nullable Path mmproj;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description =
                    "How matrices are stored: f32, f16, bf16, or what `peregrine quantize` knows. Norms, biases and "
                            + "tables of positions are F32 in any case. Default: f16; bf16 for Fuyu.")
    private @Nullable String type;

    @Option(
            names = "--mmproj-type",
            paramLabel = "TYPE",
            description = "The same for the vision part. Default: as --type, but f16 where that is below q8_0.")
    private @Nullable String mmprojType;

    @Option(names = "--system", paramLabel = "NAME", description = "The system, if it is not to be recognised.")
    private @Nullable String system;

    @Option(
            names = {"--vision-tower", "--vision"},
            paramLabel = "PATH",
            description = "Weights of a vision tower that are not in the checkpoint.")
    private @Nullable Path visionTower;

    @Option(names = "--qformer", paramLabel = "FILE", description = "Weights of a Q-Former (MiniGPT-4).")
    private @Nullable Path qformer;

    @Option(
            names = "--projector",
            paramLabel = "FILE",
            description = "Weights of the projector, and adapters (MiniGPT-4, MiniGPT-v2).")
    private @Nullable Path projector;

    @Option(
            names = "--image-size",
            paramLabel = "N",
            defaultValue = "0",
            description = "Side of the pictures that the tower sees, where the checkpoint does not say it.")
    private int imageSize;

    @Option(
            names = "--lora-alpha",
            paramLabel = "A",
            defaultValue = "16",
            description = "Adapters are merged as A / rank times their product. Default: ${DEFAULT-VALUE}.")
    private float loraAlpha;

    @Option(names = "--name", paramLabel = "NAME", description = "general.name of the files. Default: the folder's.")
    private @Nullable String name;

    @Option(
            names = "--pre",
            paramLabel = "NAME",
            description = "tokenizer.ggml.pre of a byte-level vocabulary, if it is not to be recognised.")
    private @Nullable String pre;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A value of a key in place of the one that the converter writes; repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--ignore",
            paramLabel = "PREFIX",
            description = "Leave out tensors whose names begin so and that have no place; repeatable.")
    private List<String> ignored = new ArrayList<>();

    @Option(names = "--force", description = "Replace files that exist.")
    private boolean force;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec spec;

    private final PrintStream out;

    Convert(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        if (imageSize < 0 || imageSize > LARGEST_IMAGE) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--image-size: found " + imageSize + ", expected a number from 0 to " + LARGEST_IMAGE);
        }
        Request request = new Request(
                from,
                output,
                mmproj,
                mix(type),
                mix(mmprojType),
                system,
                visionTower,
                qformer,
                projector,
                imageSize,
                loraAlpha,
                name,
                pre,
                settings,
                ignored,
                force);
        Conversion conversion;
        try (Progress progress = Progress.of("converting " + from.getFileName());
                ExitGuard guard = new ExitGuard()) {
            conversion = Conversion.run(request, fraction -> {
                if (guard.stopped()) {
                    throw new CancellationException("the conversion was stopped");
                }
                progress.update(fraction);
            });
        }
        conversion.notes().forEach(note -> System.err.println("note: " + note));
        for (Conversion.Written file : conversion.files()) {
            out.println(file.path() + ": " + file.tensors() + " tensors, " + file.mix() + ", "
                    + Sizes.bytes(Files.size(file.path())));
        }
        return 0;
    }

    private @Nullable Mix mix(@Nullable String asked) {
        return asked == null ? null : Usage.checked(spec, () -> Mix.of(asked));
    }
}
