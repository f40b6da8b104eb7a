package io.peregrine.model;

import io.peregrine.model.sampling.SamplingOptions;
import java.util.List;
import java.util.stream.Stream;

/// How an answer is made.
///
/// @param sampling how tokens are chosen
/// @param maxTokens the answer ends after so many tokens, at least 1
/// @param stop strings that end the answer when they appear in it; they are left out of it
/// @param ignoreEnd go on when the model ends its answer, as measurements of speed want
/// @param logprobs tell of each token how likely it was, and of so many of the most likely ones beside it; -1 for neither
public record GenerateOptions(
        SamplingOptions sampling, int maxTokens, List<String> stop, boolean ignoreEnd, int logprobs) {

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
        if (logprobs < -1 || logprobs > MAX_LOGPROBS) {
            throw new IllegalArgumentException(
                    "logprobs: found " + logprobs + ", expected -1 or a number from 0 to " + MAX_LOGPROBS);
        }
    }

    /// The default sampling; ends when the model ends the answer or the context is full.
    public static GenerateOptions defaults() {
        return new GenerateOptions(SamplingOptions.defaults(), Integer.MAX_VALUE, List.of(), false, -1);
    }

    /// The best token at each step: the same answer every time.
    public static GenerateOptions greedy() {
        return defaults().withSampling(SamplingOptions.greedy());
    }

    public GenerateOptions withSampling(SamplingOptions value) {
        return new GenerateOptions(value, maxTokens, stop, ignoreEnd, logprobs);
    }

    public GenerateOptions withMaxTokens(int value) {
        return new GenerateOptions(sampling, value, stop, ignoreEnd, logprobs);
    }

    public GenerateOptions withStop(String... values) {
        return new GenerateOptions(sampling, maxTokens, List.of(values), ignoreEnd, logprobs);
    }

    /// The same with further strings that end the answer.
    GenerateOptions withMoreStops(List<String> values) {
        return values.isEmpty()
                ? this
                : withStop(Stream.concat(stop.stream(), values.stream()).distinct().toArray(String[]::new));
    }

    public GenerateOptions withIgnoreEnd(boolean value) {
        return new GenerateOptions(sampling, maxTokens, stop, value, logprobs);
    }

    /// @param top as [#logprobs]
    public GenerateOptions withLogprobs(int top) {
        return new GenerateOptions(sampling, maxTokens, stop, ignoreEnd, top);
    }
}
