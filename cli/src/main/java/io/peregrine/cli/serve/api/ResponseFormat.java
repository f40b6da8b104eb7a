package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.JsonSchema;
import io.peregrine.cli.serve.SchemaException;
import io.peregrine.model.grammar.Grammar;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The field `response_format`: text, any JSON object, or JSON of a schema.
final class ResponseFormat {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private ResponseFormat() {}

    /// @return the grammar that answers are to follow, or null for none
    static @Nullable Grammar read(Fields request) {
        Fields format = request.object("response_format");
        if (format == null) {
            return null;
        }
        format.required("type", "text, json_object or json_schema");
        Grammar grammar =
                switch (format.choice("type", "", List.of("text", "json_object", "json_schema"))) {
                    case "json_object" -> Grammar.json();
                    case "json_schema" -> schema(format);
                    default -> null;
                };
        format.end();
        return grammar;
    }

    /// The schema always holds, whether `strict` is asked for or not.
    private static Grammar schema(Fields format) {
        Fields named = Fields.of(format.required("json_schema", "an object"), format.path("json_schema"));
        String name = named.requiredString("name");
        if (!NAME.matcher(name).matches()) {
            throw Fields.wrong(
                    named.path("name"), Shown.text(name), "1 to 64 of the characters A-Z a-z 0-9 _ and -");
        }
        named.string("description");
        named.flag("strict", false);
        JsonNode schema = named.required("schema", "a JSON schema");
        named.end();
        String path = named.path("schema");
        try {
            return Refusals.naming(path, () -> JsonSchema.grammar(schema, path));
        } catch (SchemaException e) {
            throw ApiException.badField(e.path(), String.valueOf(e.getMessage()));
        }
    }
}
