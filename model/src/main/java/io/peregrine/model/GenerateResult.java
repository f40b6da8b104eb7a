package io.peregrine.model;

import java.time.Duration;
import java.util.List;

/// An answer, and what it took.
///
/// @param text the answer, as the listener heard it
/// @param tokens of the answer, the one that ended it included
/// @param logprobs of each of the tokens, if the options asked for them; else empty
/// @param finish why it ended
/// @param promptTokens rows of the prompt, those of images included
/// @param imageTokens rows of images among them
/// @param reusedTokens rows of the prompt that were still held, and that were not computed again
/// @param imageTime spent on preparing and encoding images
/// @param promptTime from the last image to the first token
/// @param answerTime from the first token to the end
public record GenerateResult(
        String text,
        List<Integer> tokens,
        List<TokenLogprob> logprobs,
        FinishReason finish,
        int promptTokens,
        int imageTokens,
        int reusedTokens,
        Duration imageTime,
        Duration promptTime,
        Duration answerTime) {

    private static final double NANOS = 1e9;

    /// Computed tokens of the prompt per second; 0 if there was nothing to compute.
    public double promptTokensPerSecond() {
        return rate(promptTokens - reusedTokens, promptTime);
    }

    /// Tokens of the answer per second, the first one not counted: it came out of the prompt.
    public double answerTokensPerSecond() {
        return rate(tokens.size() - 1, answerTime);
    }

    /// The same with another text.
    GenerateResult withText(String other) {
        return new GenerateResult(
                other, tokens, logprobs, finish, promptTokens, imageTokens, reusedTokens, imageTime, promptTime, answerTime);
    }

    private static double rate(int count, Duration time) {
        return count <= 0 || time.isZero() ? 0 : count * NANOS / time.toNanos();
    }
}
