package io.peregrine.cli;

import io.peregrine.model.FinishReason;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateResult;
import java.io.PrintStream;
import java.util.Locale;

/// Prints an answer as it comes, with progress on the terminal until it begins.
final class AnswerPrinter implements GenerateListener, AutoCloseable {

    private final PrintStream out;
    private final Progress images = Progress.of("looking");
    private final Progress prompt = Progress.of("reading");

    AnswerPrinter(PrintStream out) {
        this.out = out;
    }

    @Override
    public void text(String text) {
        close();
        out.print(text);
        out.flush();
    }

    @Override
    public void progress(Stage stage, int done, int total) {
        Progress progress = stage == Stage.IMAGES ? images : prompt;
        progress.update((double) done / total);
    }

    /// The same progress without the answer.
    GenerateListener silent() {
        return new GenerateListener() {
            @Override
            public void text(String text) {
                AnswerPrinter.this.close();
            }

            @Override
            public void progress(Stage stage, int done, int total) {
                AnswerPrinter.this.progress(stage, done, total);
            }
        };
    }

    /// Wipes the progress.
    @Override
    public void close() {
        images.close();
        prompt.close();
    }

    /// What an answer took, in one line.
    static String timings(GenerateResult result) {
        StringBuilder text = new StringBuilder();
        if (result.imageTokens() > 0 && !result.imageTime().isZero()) {
            text.append(String.format(
                    Locale.ROOT, "image %d tokens in %s, ", result.imageTokens(), Sizes.seconds(result.imageTime())));
        }
        text.append(String.format(
                Locale.ROOT,
                "prompt %d tokens in %s (%.1f tokens/s), answer %d tokens in %s (%.1f tokens/s)",
                result.promptTokens() - result.reusedTokens(),
                Sizes.seconds(result.promptTime()),
                result.promptTokensPerSecond(),
                result.tokens().size(),
                Sizes.seconds(result.answerTime()),
                result.answerTokensPerSecond()));
        if (result.finish() == FinishReason.LENGTH) {
            text.append(", cut at the limit of tokens");
        }
        return text.toString();
    }
}
