package io.peregrine.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.cli.serve.api.RequestTarget;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Damaged inputs by the ten thousand: each is accepted, or refused with an exception of ours that says what is wrong,
/// within bounds of time, stack and memory. [MutationRun] tells how to repeat a case and how to run more.
class SeededMutationTest {

    private static final String CASE = "peregrine.fuzz.case";

    /// Of each model and each vision file.
    private static final int MODEL_CASES = 30;

    /// A vision file whose text model has not the tokens that its pictures want: refused, but not before all else is
    /// looked at.
    private static final String NO_PAIR = "mmproj-vlm_minicpmv";

    /// How many cases of each target belong to the normal build, and what share of them must be accepted and must be
    /// refused: else the damage is too small or too great to test anything.
    enum Run {
        GGUF(20_000, 0.05, new GgufTarget()),
        IMAGE(15_000, 0.05, new ImageTarget()),
        GRAMMAR(10_000, 0.05, new GrammarTarget()),
        QUANTIZE(1_000, 0.05, new QuantizeTarget()),
        REQUEST(15_000, 0.05, new RequestTarget()),
        TEMPLATE(20_000, 0.05, new TemplateTarget()),
        /// Any text is good.
        TOKENIZER(30_000, 0, new TokenizerTarget());

        private final int cases;
        private final double share;
        private final Target target;

        Run(int cases, double share, Target target) {
            this.cases = cases;
            this.share = share;
            this.target = target;
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisabledIfSystemProperty(named = CASE, matches = ".+")
    void damagedInputs_areTakenOrRefused(Run run) {
        double accepted = MutationRun.of(run.target, run.cases);
        assertTrue(accepted >= run.share && accepted <= 1 - run.share, accepted + " were accepted");
    }

    @ParameterizedTest
    @MethodSource
    @DisabledIfSystemProperty(named = CASE, matches = ".+")
    void damagedModels_areTakenOrRefused(Target model) {
        assertTrue(model.accepts(model.seeds().getFirst()) != model.name().equals(NO_PAIR), "undamaged");
        double accepted = MutationRun.of(model, MODEL_CASES);
        assertTrue(accepted < 1, accepted + " were accepted");
    }

    static List<Target> damagedModels_areTakenOrRefused() {
        return ModelTarget.all();
    }

    /// The inputs that the coverage-guided fuzzers begin with, and those that they have found.
    @ParameterizedTest
    @EnumSource
    void committedInputs_areTakenOrRefused(Run run) {
        String name = run.target.name();
        String type = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        Path folder = Path.of("src/test/resources/io/peregrine/cli/fuzz/" + type + "FuzzTestInputs/fuzz");
        List<Path> files = Fixtures.files(folder, "");
        assertFalse(files.isEmpty(), folder.toString());
        files.forEach(file -> MutationRun.of(run.target, Fixtures.bytes(file)));
    }

    /// Repeats one case that a run has written.
    @Test
    @EnabledIfSystemProperty(named = CASE, matches = ".+")
    void oneCase_isTakenOrRefused() {
        Path file = Path.of("target/fuzz").resolve(System.getProperty(CASE));
        String name = file.getParent().getFileName().toString();
        MutationRun.of(target(name), Fixtures.bytes(file));
    }

    private static Target target(String name) {
        for (Run run : Run.values()) {
            if (run.target.name().equals(name)) {
                return run.target;
            }
        }
        return ModelTarget.all().stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
