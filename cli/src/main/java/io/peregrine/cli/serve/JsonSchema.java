package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.grammar.GrammarException;
import java.util.ArrayDeque;
import java.util.Deque;

/// Turns JSON Schemas (draft 2020-12) into grammars: every text of the grammar is valid.
///
/// The other way round it is narrower: properties come in the order of the schema, other properties only where
/// `additionalProperties` allows them, in the end; whole numbers without a bound and numbers have up to 15 digits;
/// between items and around names there is little white space. Keywords that a grammar cannot follow are refused,
/// never ignored.
public final class JsonSchema {

    private static final int LIMIT_NODES = 50_000;
    private static final int LIMIT_CHARS = 1 << 20;

    private JsonSchema() {}

    /// The grammar of the JSON texts that a schema allows.
    ///
    /// @param path what the schema is called in messages, such as `response_format.json_schema.schema`
    /// @throws SchemaException if the schema is not valid, or has what is not supported
    /// @throws ResourceLimitException if it is too large
    public static Grammar grammar(JsonNode schema, String path) {
        check(schema, path);
        String gbnf = new SchemaRules(schema, path).gbnf();
        try {
            return Grammar.parse(path, gbnf);
        } catch (GrammarException e) {
            throw new SchemaException(
                    path, "found references that lead in a circle without end, expected a value between them or an"
                            + " alternative (" + e.getMessage() + ")");
        }
    }

    private static void check(JsonNode schema, String path) {
        int nodes = 0;
        long chars = 0;
        Deque<JsonNode> open = new ArrayDeque<>();
        open.add(schema);
        while (!open.isEmpty()) {
            JsonNode node = open.removeLast();
            nodes++;
            chars += node.isValueNode() ? node.asText().length() : 0;
            if (node.isObject()) {
                chars += node.propertyStream().mapToLong(property -> property.getKey().length()).sum();
            }
            if (node.isDouble() && !Double.isFinite(node.doubleValue())) {
                throw new SchemaException(path, "found a number that is too large, expected less than 1e308");
            }
            node.forEach(open::add);
            if (nodes > LIMIT_NODES || chars > LIMIT_CHARS) {
                boolean many = nodes > LIMIT_NODES;
                throw new ResourceLimitException(
                        path,
                        "more than " + (many ? LIMIT_NODES + " values" : LIMIT_CHARS + " characters"),
                        many ? LIMIT_NODES + " values" : LIMIT_CHARS + " characters",
                        "ask for less at once");
            }
        }
    }
}
