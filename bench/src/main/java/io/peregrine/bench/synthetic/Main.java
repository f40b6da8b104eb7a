package io.peregrine.bench.synthetic;

import io.peregrine.core.PeregrineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The command that writes models of random weights:
///
/// `java --add-modules jdk.incubator.vector -cp bench/target/benchmarks.jar io.peregrine.bench.synthetic.Main
/// llama-1.1b Q4_K_M model.gguf`
public final class Main {

    private Main() {}

    /// Writes the file that the arguments describe; ends the process with 2 if they describe none, with 1 if
    /// it cannot be written.
    public static void main(String[] args) {
        try {
            System.out.println(run(args));
        } catch (UsageException e) {
            System.err.println("error: " + e.getMessage());
            System.err.println();
            System.err.println(usage());
            System.exit(2);
        } catch (PeregrineException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(1);
        }
    }

    /// @return what to print
    static String run(String... args) {
        if (Arrays.asList(args).contains("--help") || args.length == 0) {
            return usage();
        }
        List<String> words = new ArrayList<>();
        List<String[]> options = new ArrayList<>();
        boolean pure = false;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--pure")) {
                pure = true;
            } else if (!args[i].startsWith("--")) {
                words.add(args[i]);
            } else if (i + 1 == args.length) {
                throw new UsageException("option " + args[i] + " needs a value");
            } else {
                options.add(new String[] {args[i].substring(2), args[i + 1]});
                i++;
            }
        }
        if (words.size() != 3) {
            throw new UsageException("found " + words.size() + " arguments that are no options, expected 3");
        }
        Preset preset = Preset.all().get(words.get(0));
        if (preset == null) {
            throw new UsageException("preset " + words.get(0) + " is unknown");
        }
        return write(preset, Quantization.of(words.get(1), pure), options, Path.of(words.get(2)));
    }

    private static String write(Preset preset, Quantization quantization, List<String[]> options, Path path) {
        long seed = 1;
        for (String[] option : options) {
            if (option[0].equals("seed")) {
                seed = parseSeed(option[1]);
            } else {
                preset.set(option[0], option[1]);
            }
        }
        if (Files.isDirectory(path)) {
            throw new UsageException("file " + path + " is a directory");
        }
        long start = System.nanoTime();
        preset.write(quantization, seed, path);
        return String.format(
                Locale.ROOT,
                "%s: %.2f GB, %s %s, seed %d, %.1f s",
                path,
                path.toFile().length() / 1e9,
                preset.name(),
                quantization.name(),
                seed,
                (System.nanoTime() - start) / 1e9);
    }

    private static long parseSeed(String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new UsageException("option --seed: found " + value + ", expected a number");
        }
    }

    private static String usage() {
        StringBuilder text = new StringBuilder("""
                usage: PRESET FORMAT FILE [--seed N] [--pure] [--DIMENSION N ...]

                Writes a GGUF file of random weights. The same arguments give the same bytes.

                FORMAT: F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS MXFP4 IQ1_S
                  IQ2_XXS IQ2_XS IQ2_S IQ3_XXS IQ3_S TQ1_0 TQ2_0 Q1_0 Q2_0, and the mixes Q4_K_M and Q5_K_M.
                  The output matrix of quantised models is Q6_K unless they are Q8_0; with --pure it is FORMAT.
                PRESET, with the dimensions that options replace (--tied 1: no output matrix of its own):
                """);
        for (Map.Entry<String, Preset> preset : Preset.all().entrySet()) {
            text.append(preset.getValue()).append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }
}
