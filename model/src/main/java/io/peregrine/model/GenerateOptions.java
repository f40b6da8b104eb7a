package io.peregrine.model;

import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How an answer is made.
///
/// @param sampling how tokens are chosen
/// @param maxTokens the answer ends after so many tokens, at least 1
/// @param stop strings that end the answer when they appear in it; they are left out of it
/// @param ignoreEnd go on when the model ends its answer, as measurements of speed want
/// @param logprobs tell of each token how likely it was, and of so many of the most likely ones beside it; -1 for neither
/// @param grammar what the answer has to be, to its end, which is reached within `maxTokens`; null for any text
public record GenerateOptions(
        SamplingOptions sampling,
        int maxTokens,
        List<String> stop,
        boolean ignoreEnd,
        int logprobs,
        @Nullable Grammar grammar) {

    private static final int MAX_STOP = 64;
    private static final int MAX_LOGPROBS = 20;

    /// @throws IllegalArgumentException naming the field, its value and its range
    public GenerateOptions {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("max tokens: found " + maxTokens + ", expected at least 1");
        }
        stop = List.copyOf(stop);
        if (stop.size() > MAX_STOP || stop.contains("")) {
            throw new IllegalArgumentException(
                    "stop: found " + stop.size() + " strings, expected at most " + MAX_STOP + ", none of them empty");
        }
        if (grammar != null && ignoreEnd) {
            throw new IllegalArgumentException("ignore end: found true, expected false with a grammar, which says where"
                    + " the answer ends");
        }
        if (logprobs < -1 || logprobs > MAX_LOGPROBS) {
            throw new IllegalArgumentException(
                    "logprobs: found " + logprobs + ", expected -1 or a number from 0 to " + MAX_LOGPROBS);
        }
    }

    /// The default sampling; ends when the model ends the answer or the context is full.
    public static GenerateOptions defaults() {
        return new GenerateOptions(SamplingOptions.defaults(), Integer.MAX_VALUE, List.of(), false, -1, null);
    }

    /// The best token at each step: the same answer every time.
    public static GenerateOptions greedy() {
        return defaults().withSampling(SamplingOptions.greedy());
    }

    public GenerateOptions withSampling(SamplingOptions value) {
        return new GenerateOptions(value, maxTokens, stop, ignoreEnd, logprobs, grammar);
    }

    public GenerateOptions withMaxTokens(int value) {
        return new GenerateOptions(sampling, value, stop, ignoreEnd, logprobs, grammar);
    }

    public GenerateOptions withStop(String... values) {
        return new GenerateOptions(sampling, maxTokens, List.of(values), ignoreEnd, logprobs, grammar);
    }

    /// The same with further strings that end the answer.
    GenerateOptions withMoreStops(List<String> values) {
        return values.isEmpty()
                ? this
                : withStop(Stream.concat(stop.stream(), values.stream()).distinct().toArray(String[]::new));
    }

    public GenerateOptions withIgnoreEnd(boolean value) {
        return new GenerateOptions(sampling, maxTokens, stop, value, logprobs, grammar);
    }

    /// @param top as [#logprobs]
    public GenerateOptions withLogprobs(int top) {
        return new GenerateOptions(sampling, maxTokens, stop, ignoreEnd, top, grammar);
    }

    /// The same with a grammar that the answer follows, to its end. Where [#maxTokens] or the context come near, only
    /// what still leaves room for the shortest end is chosen; the answer is then whole, and its finish reason
    /// [FinishReason#LENGTH]. (Strings of [#stop], and cancelling, still cut it.)
    public GenerateOptions withGrammar(@Nullable Grammar value) {
        return new GenerateOptions(sampling, maxTokens, stop, ignoreEnd, logprobs, value);
    }
}
