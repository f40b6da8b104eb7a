package io.peregrine.cli;

import io.peregrine.model.GenerateOptions;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options of commands that generate text; names and meaning as in llama.cpp.
final class SamplingArguments {

    @Option(
            names = {"-n", "--n-predict"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "Most tokens of an answer; -1 for as many as the context holds. Default: ${DEFAULT-VALUE}.")
    int maxTokens;

    @Mixin
    private Draws draws = new Draws();

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "Seed of the draws; -1 for another one each time. Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End the answer before this text; repeatable.")
    List<String> stop = new ArrayList<>();

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec command;

    /// What the options say about an answer.
    ///
    /// @param defaults what holds where an option is not given
    /// @throws picocli.CommandLine.ParameterException naming an option that is out of range
    GenerateOptions generation(SamplingOptions defaults) {
        return Usage.checked(command, () -> checkedGeneration(defaults));
    }

    private GenerateOptions checkedGeneration(SamplingOptions defaults) {
        if (maxTokens < -1 || maxTokens == 0) {
            throw new IllegalArgumentException(
                    "n-predict: found " + maxTokens + ", expected -1 or at least 1");
        }
        return GenerateOptions.defaults()
                .withSampling(draws.options(defaults, givenSeed()))
                .withMaxTokens(maxTokens == -1 ? Integer.MAX_VALUE : maxTokens)
                .withStop(stop.toArray(String[]::new));
    }

    private long givenSeed() {
        return seed == -1 ? ThreadLocalRandom.current().nextLong() & Long.MAX_VALUE : seed;
    }

    /// How tokens are chosen.
    static final class Draws {

        @Option(
                names = "--temp",
                paramLabel = "T",
                description = "Temperature; 0 always takes the best token. Default: 0.8.")
        @Nullable
        Float temperature;

        @Option(names = "--top-k", paramLabel = "K", description = "Keep the K best tokens; 0 is off. Default: 40.")
        @Nullable
        Integer topK;

        @Option(names = "--top-p", paramLabel = "P", description = "Keep the best tokens up to probability P. Default: 0.95.")
        @Nullable
        Float topP;

        @Option(
                names = "--min-p",
                paramLabel = "P",
                description = "Keep tokens of at least P times the best probability. Default: 0.05.")
        @Nullable
        Float minP;

        @Option(names = "--repeat-penalty", paramLabel = "F", defaultValue = "1", description = "Default: 1 (off).")
        float repeatPenalty;

        @Option(names = "--presence-penalty", paramLabel = "F", defaultValue = "0", description = "Default: 0 (off).")
        float presencePenalty;

        @Option(names = "--frequency-penalty", paramLabel = "F", defaultValue = "0", description = "Default: 0 (off).")
        float frequencyPenalty;

        @Option(
                names = "--repeat-last-n",
                paramLabel = "N",
                defaultValue = "64",
                description = "Tokens that the penalties look back on. Default: ${DEFAULT-VALUE}.")
        int penaltyWindow;

        /// @param defaults what holds where an option is not given
        /// @throws IllegalArgumentException naming an option that is out of range
        SamplingOptions options(SamplingOptions defaults, long seed) {
            return new SamplingOptions(
                    temperature == null ? defaults.temperature() : temperature,
                    topK == null ? defaults.topK() : topK,
                    topP == null ? defaults.topP() : topP,
                    minP == null ? defaults.minP() : minP,
                    repeatPenalty,
                    presencePenalty,
                    frequencyPenalty,
                    penaltyWindow,
                    seed);
        }
    }
}
