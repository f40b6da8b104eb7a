package io.peregrine.model.sampling;

/// How the next token is chosen; names, order, meaning and defaults as in llama.cpp.
///
/// The steps, in order: penalties, top-k, top-p, min-p, temperature, draw.
///
/// @param temperature divides the logits before the draw; 0 takes the best token (greedy)
/// @param topK keep the `topK` best tokens; 0 keeps all
/// @param topP keep the smallest set of best tokens whose probabilities reach `topP`; 1 keeps all
/// @param minP keep tokens of at least `minP` times the best probability; 0 keeps all
/// @param repeatPenalty divides positive and multiplies negative logits of recent tokens; 1 is off
/// @param presencePenalty subtracted from the logit of a recent token, once
/// @param frequencyPenalty subtracted from the logit of a recent token, per occurrence
/// @param penaltyWindow how many of the last tokens, prompt included, count as recent; 0 is off
/// @param seed of the draws: the same seed, prompt and model give the same tokens
public record SamplingOptions(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repeatPenalty,
        float presencePenalty,
        float frequencyPenalty,
        int penaltyWindow,
        long seed) {

    private static final int MAX_WINDOW = 1 << 20;

    /// @throws IllegalArgumentException naming the field, its value and its range
    public SamplingOptions {
        check("temperature", temperature, 0, 100);
        check("top-p", topP, 0, 1);
        check("min-p", minP, 0, 1);
        check("repeat-penalty", repeatPenalty, 0.01f, 100);
        check("presence-penalty", presencePenalty, -100, 100);
        check("frequency-penalty", frequencyPenalty, -100, 100);
        check("top-k", topK, 0, Integer.MAX_VALUE);
        check("repeat-last-n", penaltyWindow, 0, MAX_WINDOW);
    }

    /// Temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, no penalties over the last 64 tokens, seed 0.
    public static SamplingOptions defaults() {
        return new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 0, 0, 64, 0);
    }

    /// The best token at each step.
    public static SamplingOptions greedy() {
        return defaults().withTemperature(0);
    }

    public SamplingOptions withTemperature(float value) {
        return new SamplingOptions(
                value, topK, topP, minP, repeatPenalty, presencePenalty, frequencyPenalty, penaltyWindow, seed);
    }

    public SamplingOptions withTopK(int value) {
        return new SamplingOptions(
                temperature, value, topP, minP, repeatPenalty, presencePenalty, frequencyPenalty, penaltyWindow, seed);
    }

    public SamplingOptions withTopP(float value) {
        return new SamplingOptions(
                temperature, topK, value, minP, repeatPenalty, presencePenalty, frequencyPenalty, penaltyWindow, seed);
    }

    public SamplingOptions withMinP(float value) {
        return new SamplingOptions(
                temperature, topK, topP, value, repeatPenalty, presencePenalty, frequencyPenalty, penaltyWindow, seed);
    }

    public SamplingOptions withPenalties(float repeat, float presence, float frequency, int window) {
        return new SamplingOptions(temperature, topK, topP, minP, repeat, presence, frequency, window, seed);
    }

    public SamplingOptions withSeed(long value) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                repeatPenalty,
                presencePenalty,
                frequencyPenalty,
                penaltyWindow,
                value);
    }

    /// Whether any penalty changes a logit.
    boolean penalises() {
        return penaltyWindow > 0 && (repeatPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0);
    }

    private static void check(String name, float value, float min, float max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(name + ": found " + value + ", expected a number from " + min + " to "
                    + max);
        }
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + ": found " + value + ", expected a number from " + min + " to "
                    + max);
        }
    }
}
