package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.picture.PictureUrl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A body of `POST /v1/embeddings`, checked.
///
/// @param model that is asked for, or null for any
/// @param inputs in order
/// @param base64 whether vectors are written as the base64 of their little-endian floats
/// @param dimensions that are asked for, or 0 for as many as there are
record EmbeddingRequest(@Nullable String model, List<Input> inputs, boolean base64, int dimensions) {

    private static final int MAX_INPUTS = 256;
    private static final String INPUT = "a string, an object with an image_url, or an array of 1 to " + MAX_INPUTS
            + " of these";

    /// What a vector is asked of.
    sealed interface Input {}

    record Text(String path, String text) implements Input {}

    record Picture(PictureUrl url) implements Input {}

    /// @throws io.peregrine.cli.serve.ApiException 400 naming a field
    static EmbeddingRequest read(ObjectNode body) {
        Fields fields = Fields.of(body);
        String model = fields.string("model");
        List<Input> inputs = inputs(fields);
        boolean base64 = fields.choice("encoding_format", "float", List.of("float", "base64"))
                .equals("base64");
        int dimensions = fields.integer("dimensions", 1, Integer.MAX_VALUE, 0);
        fields.string("user");
        fields.end();
        return new EmbeddingRequest(model, inputs, base64, dimensions);
    }

    private static List<Input> inputs(Fields fields) {
        JsonNode value = fields.required("input", INPUT);
        String path = fields.path("input");
        if (!(value instanceof ArrayNode array)) {
            return List.of(input(value, path));
        }
        if (array.isEmpty() || array.size() > MAX_INPUTS) {
            throw Fields.wrong(path, array.size() + " items", INPUT);
        }
        List<Input> inputs = new ArrayList<>();
        for (JsonNode item : array) {
            inputs.add(input(item, path + "[" + inputs.size() + "]"));
        }
        return inputs;
    }

    private static Input input(JsonNode value, String path) {
        if (value.isTextual()) {
            return new Text(path, value.textValue());
        }
        if (value.isNumber() || value.isArray()) {
            throw Fields.wrong(path, value.isArray() ? "an array" : "a token", "a string; tokens are not taken");
        }
        Fields item = Fields.of(value, path);
        item.choice("type", "image_url", List.of("image_url"));
        Input picture = new Picture(PictureField.read(item));
        item.end();
        return picture;
    }
}
