package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.picture.PictureUrl;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.Prompt;
import io.peregrine.model.image.Image;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A body of `POST /v1/completions`, checked.
///
/// @param model that is asked for, or null for any
/// @param prompt what to go on from
/// @param options how the answer is made
/// @param stream whether it comes in pieces
record CompletionRequest(@Nullable String model, Start prompt, GenerateOptions options, StreamFields stream) {

    /// As OpenAI has it.
    private static final int USUAL_TOKENS = 16;

    private static final int MAX_LOGPROBS = 20;
    private static final String PROMPT =
            "a string, an array of one string or of tokens, or an object with prompt_string and multimodal_data";

    /// What to go on from.
    sealed interface Start {

        default List<PictureUrl> pictures() {
            return List.of();
        }

        /// @param images that the pictures are
        /// @throws io.peregrine.model.PromptException if there is not one for each mark
        Prompt with(List<Image> images);
    }

    /// Text in which special tokens are recognised, and pictures that stand at its marks.
    private record Text(String text, @Override List<PictureUrl> pictures) implements Start {

        @Override
        public Prompt with(List<Image> images) {
            return Prompt.raw(text, images);
        }
    }

    private record Tokens(int[] ids) implements Start {

        @Override
        public Prompt with(List<Image> images) {
            return Prompt.tokens(ids);
        }
    }

    /// @throws io.peregrine.cli.serve.ApiException 400 naming a field
    static CompletionRequest read(ObjectNode body, SamplingOptions defaults) {
        Fields fields = Fields.of(body);
        String model = fields.string("model");
        Start prompt = prompt(fields);
        GenerateOptions options = GenerationFields.read(fields, defaults)
                .withMaxTokens(fields.integer("max_tokens", 1, Integer.MAX_VALUE, USUAL_TOKENS))
                .withLogprobs(fields.integer("logprobs", 0, MAX_LOGPROBS, -1));
        StreamFields stream = StreamFields.read(fields);
        GenerationFields.others(fields);
        fields.integer("best_of", 1, 1, 1);
        if (fields.flag("echo", false)) {
            throw Fields.notSupported(fields.path("echo"), "true", "the prompt is not repeated");
        }
        fields.unsupported("suffix", "this server does not write into the middle of a text");
        fields.end();
        return new CompletionRequest(model, prompt, options, stream);
    }

    private static Start prompt(Fields fields) {
        JsonNode value = fields.required("prompt", PROMPT);
        String path = fields.path("prompt");
        if (value.isTextual()) {
            return new Text(value.textValue(), List.of());
        }
        if (value.isObject()) {
            return withPictures(Fields.of(value, path));
        }
        if (!(value instanceof ArrayNode array) || array.isEmpty()) {
            throw Fields.wrong(path, value.isArray() ? "an empty array" : Shown.value(value), PROMPT);
        }
        if (array.get(0).isTextual()) {
            if (array.size() > 1) {
                throw Fields.wrong(path, array.size() + " items", "one string; send one request for each prompt");
            }
            return new Text(array.get(0).textValue(), List.of());
        }
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = array.get(i);
            if (!id.isInt() || id.intValue() < 0) {
                throw Fields.wrong(path + "[" + i + "]", id, "a token, which is a whole number from 0");
            }
            ids[i] = id.intValue();
        }
        return new Tokens(ids);
    }

    /// The form of llama-server.
    private static Start withPictures(Fields prompt) {
        String text = prompt.requiredString("prompt_string");
        List<PictureUrl> pictures = new ArrayList<>();
        for (JsonNode data : prompt.array("multimodal_data", 0, Integer.MAX_VALUE, "an array of pictures in base64")) {
            String path = prompt.path("multimodal_data") + "[" + pictures.size() + "]";
            if (!data.isTextual()) {
                throw Fields.wrong(path, data, "a picture in base64");
            }
            pictures.add(PictureUrl.ofBase64(path, data.textValue()));
        }
        prompt.end();
        return new Text(text, pictures);
    }
}
