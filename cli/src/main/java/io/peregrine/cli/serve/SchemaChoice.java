package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Tells whether two schemas can never hold for the same value: only then `oneOf` is the same as `anyOf`.
final class SchemaChoice {

    private static final int LIMIT_DEPTH = 8;

    private final SchemaReferences references;

    SchemaChoice(SchemaReferences references) {
        this.references = references;
    }

    /// Whether that is certain.
    boolean areApart(SchemaNode one, SchemaNode other) {
        return areApart(one, other, 0);
    }

    private boolean areApart(SchemaNode first, SchemaNode second, int depth) {
        SchemaNode one = references.joined(first);
        SchemaNode other = references.joined(second);
        List<JsonNode> ones = one.values();
        List<JsonNode> others = other.values();
        if (ones != null && others != null) {
            return ones.stream().noneMatch(value -> isIn(value, others));
        }
        Set<String> common = new LinkedHashSet<>(kinds(one));
        common.retainAll(kinds(other));
        return common.isEmpty()
                || common.equals(Set.of("object")) && depth < LIMIT_DEPTH && objectsAreApart(one, other, depth);
    }

    private static boolean isIn(JsonNode value, List<JsonNode> others) {
        return others.stream()
                .anyMatch(other -> value.equals(other)
                        || value.isNumber()
                                && other.isNumber()
                                && value.decimalValue().compareTo(other.decimalValue()) == 0);
    }

    /// The types, all numbers as one.
    private static Set<String> kinds(SchemaNode node) {
        Set<String> kinds = new LinkedHashSet<>();
        List<JsonNode> values = node.values();
        if (values == null) {
            node.types().forEach(type -> kinds.add(type.equals("integer") ? "number" : type));
        } else {
            values.forEach(value -> kinds.add(
                    value.isNumber() ? "number" : value.isTextual() ? "string" : value.isObject() ? "object" : value.isArray()
                            ? "array" : value.isBoolean() ? "boolean" : "null"));
        }
        return kinds;
    }

    /// Whether a property that both demand differs, or one demands what the other does not have.
    private boolean objectsAreApart(SchemaNode one, SchemaNode other, int depth) {
        for (String name : one.names("required")) {
            JsonNode left = one.object("properties").get(name);
            JsonNode right = other.object("properties").get(name);
            if (left != null
                    && right != null
                    && other.names("required").contains(name)
                    && areApart(
                            SchemaNode.of(left, one.path("properties")),
                            SchemaNode.of(right, other.path("properties")),
                            depth + 1)) {
                return true;
            }
        }
        return demandsMore(one, other) || demandsMore(other, one);
    }

    private static boolean demandsMore(SchemaNode one, SchemaNode other) {
        JsonNode additional = other.json().path("additionalProperties");
        return additional.isBoolean()
                && !additional.booleanValue()
                && one.names("required").stream()
                        .anyMatch(name -> !other.object("properties").has(name));
    }
}
