package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A body of `POST /v1/chat/completions`, checked.
///
/// @param model that is asked for, or null for any
/// @param chat what was said and shown
/// @param options how the answer is made
/// @param stream whether it comes in pieces
record ChatRequest(@Nullable String model, ChatMessages chat, GenerateOptions options, StreamFields stream) {

    private static final int MAX_TOP_LOGPROBS = 20;
    private static final int MAX_METADATA = 16;
    private static final String NO_TOOLS = "this server knows no tools";

    /// @throws ApiException 400 naming a field
    static ChatRequest read(ObjectNode body, SamplingOptions defaults) {
        Fields fields = Fields.of(body);
        String model = fields.string("model");
        ChatMessages chat = ChatMessages.read(fields);
        GenerateOptions options = GenerationFields.read(fields, defaults)
                .withMaxTokens(maxTokens(fields))
                .withLogprobs(logprobs(fields))
                .withGrammar(ResponseFormat.read(fields));
        StreamFields stream = StreamFields.read(fields);
        GenerationFields.others(fields);
        others(fields);
        fields.end();
        return new ChatRequest(model, chat, options, stream);
    }

    private static int maxTokens(Fields fields) {
        int old = fields.integer("max_tokens", 1, Integer.MAX_VALUE, 0);
        int current = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE, 0);
        if (old > 0 && current > 0) {
            throw ApiException.badField(
                    fields.path("max_tokens"),
                    fields.path("max_tokens") + ": found beside max_completion_tokens, expected one of them");
        }
        return old + current == 0 ? Integer.MAX_VALUE : old + current;
    }

    private static int logprobs(Fields fields) {
        boolean on = fields.flag("logprobs", false);
        int top = fields.integer("top_logprobs", 0, MAX_TOP_LOGPROBS, -1);
        if (top >= 0 && !on) {
            throw ApiException.badField(
                    fields.path("top_logprobs"),
                    fields.path("top_logprobs") + ": only allowed with \"logprobs\": true");
        }
        return on ? Math.max(0, top) : -1;
    }

    private static void others(Fields fields) {
        fields.string("safety_identifier");
        fields.string("prompt_cache_key");
        fields.choice("service_tier", "auto", List.of("auto", "default"));
        if (fields.flag("store", false)) {
            throw Fields.notSupported(fields.path("store"), "true", "nothing is stored");
        }
        fields.ignored("metadata", value -> metadata(value, fields.path("metadata")))
                .ignored("modalities", value -> modalities(value, fields.path("modalities")))
                .unsupported("tools", NO_TOOLS)
                .unsupported("tool_choice", NO_TOOLS)
                .unsupported("parallel_tool_calls", NO_TOOLS)
                .unsupported("functions", NO_TOOLS)
                .unsupported("function_call", NO_TOOLS)
                .unsupported("audio", "this server hears and says nothing")
                .unsupported("prediction", "leave it out")
                .unsupported("reasoning_effort", "leave it out")
                .unsupported("verbosity", "leave it out")
                .unsupported("web_search_options", "this server searches nothing");
    }

    private static void metadata(JsonNode value, String path) {
        String expected = "an object of at most " + MAX_METADATA + " strings";
        if (!value.isObject() || value.size() > MAX_METADATA) {
            throw Fields.wrong(path, value.isObject() ? value.size() + " fields" : Shown.value(value), expected);
        }
        for (JsonNode one : value) {
            if (!one.isTextual()) {
                throw Fields.wrong(path, Shown.value(one) + " in it", expected);
            }
        }
    }

    private static void modalities(JsonNode value, String path) {
        if (value.size() != 1 || !value.path(0).asText().equals("text")) {
            throw Fields.wrong(path, Shown.value(value), "[\"text\"]");
        }
    }
}
