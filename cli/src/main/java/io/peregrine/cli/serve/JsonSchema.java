package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.model.grammar.Grammar;

/// Turns JSON Schemas into grammars.
public final class JsonSchema {

    private JsonSchema() {}

    /// The grammar of the JSON texts that a schema allows.
    ///
    /// @param path what the schema is called in messages, such as `response_format.json_schema.schema`
    /// @throws SchemaException if the schema is not valid, or has what is not supported
    /// @throws io.peregrine.core.ResourceLimitException if it is too large
    public static Grammar grammar(JsonNode schema, String path) {
        if (!schema.isObject() || !schema.isEmpty()) {
            throw new SchemaException(path, "found a schema with keywords, expected {}, which allows any object");
        }
        return Grammar.json();
    }
}
