package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// The fields that say how an answer is made, for chats and completions alike.
final class GenerationFields {

    private static final int MAX_STOP = 16;
    private static final int MAX_STOP_CHARS = 1000;
    private static final int MAX_WINDOW = 1 << 20;

    private GenerationFields() {}

    /// All but the limits of tokens.
    ///
    /// @param defaults where the request says nothing; its seed is not used: each request has one of its own
    static GenerateOptions read(Fields fields, SamplingOptions defaults) {
        SamplingOptions sampling = new SamplingOptions(
                fields.number("temperature", 0, 2, defaults.temperature()),
                fields.integer("top_k", 0, Integer.MAX_VALUE, defaults.topK()),
                fields.number("top_p", 0, 1, defaults.topP()),
                fields.number("min_p", 0, 1, defaults.minP()),
                fields.number("repeat_penalty", 0.01f, 100, defaults.repeatPenalty()),
                fields.number("presence_penalty", -2, 2, defaults.presencePenalty()),
                fields.number("frequency_penalty", -2, 2, defaults.frequencyPenalty()),
                fields.integer("repeat_last_n", 0, MAX_WINDOW, defaults.penaltyWindow()),
                fields.integer(
                        "seed",
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        ThreadLocalRandom.current().nextLong()));
        return GenerateOptions.defaults()
                .withSampling(sampling)
                .withStop(stops(fields).toArray(String[]::new));
    }

    private static List<String> stops(Fields fields) {
        JsonNode value = fields.value("stop");
        if (value == null) {
            return List.of();
        }
        String expected = "a string of 1 to " + MAX_STOP_CHARS + " characters, or an array of at most " + MAX_STOP;
        List<String> stops = new ArrayList<>();
        if (!(value instanceof ArrayNode array)) {
            stops.add(stop(value, fields.path("stop"), expected));
            return stops;
        }
        if (array.size() > MAX_STOP) {
            throw Fields.wrong(fields.path("stop"), array.size() + " items", expected);
        }
        for (int i = 0; i < array.size(); i++) {
            stops.add(stop(array.get(i), fields.path("stop") + "[" + i + "]", expected));
        }
        return stops;
    }

    private static String stop(JsonNode value, String path, String expected) {
        if (!value.isTextual()) {
            throw Fields.wrong(path, value, expected);
        }
        String stop = value.textValue();
        if (stop.isEmpty() || stop.length() > MAX_STOP_CHARS) {
            throw Fields.wrong(path, "a string of " + stop.length() + " characters", expected);
        }
        return stop;
    }

    /// Fields of OpenAI's API that are looked at and change nothing, and those that would change something and are
    /// refused.
    static void others(Fields fields) {
        fields.integer("n", 1, 1, 1);
        fields.string("user");
        JsonNode bias = fields.value("logit_bias");
        if (bias != null && !bias.isEmpty()) {
            throw Fields.notSupported(fields.path("logit_bias"), "it", "leave it out");
        }
    }
}
