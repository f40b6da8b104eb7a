package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.TokenUsage;
import io.peregrine.model.GenerateResult;
import java.time.Duration;

/// Writes what an answer took.
final class Usage {

    private static final double NANOS_PER_MILLI = 1e6;

    private Usage() {}

    /// As OpenAI does; `image_tokens` says how many of the prompt's tokens are pictures.
    static ObjectNode json(GenerateResult result) {
        ObjectNode usage = JsonNodeFactory.instance
                .objectNode()
                .put("prompt_tokens", result.promptTokens())
                .put("completion_tokens", result.tokens().size())
                .put("total_tokens", result.promptTokens() + result.tokens().size());
        usage.putObject("prompt_tokens_details")
                .put("cached_tokens", result.reusedTokens())
                .put("image_tokens", result.imageTokens());
        return usage;
    }

    /// As llama-server does, and `image_ms` for encoding pictures.
    static ObjectNode timings(GenerateResult result) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("cache_n", result.reusedTokens())
                .put("prompt_n", result.promptTokens() - result.reusedTokens())
                .put("image_ms", millis(result.imageTime()))
                .put("prompt_ms", millis(result.promptTime()))
                .put("prompt_per_second", result.promptTokensPerSecond())
                .put("predicted_n", result.tokens().size())
                .put("predicted_ms", millis(result.answerTime()))
                .put("predicted_per_second", result.answerTokensPerSecond());
    }

    private static double millis(Duration time) {
        return time.toNanos() / NANOS_PER_MILLI;
    }

    /// For the log and `/metrics`.
    static TokenUsage counts(GenerateResult result) {
        return new TokenUsage(
                result.promptTokens(),
                result.imageTokens(),
                result.reusedTokens(),
                result.tokens().size());
    }
}
