package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Follows references of a schema, and joins schemas that all have to hold into one.
final class SchemaReferences {

    private static final int LIMIT_STEPS = 64;

    private final JsonNode root;
    private final String path;

    /// @param root the whole schema, which references are relative to
    /// @param path of it, for messages
    SchemaReferences(JsonNode root, String path) {
        this.root = root;
        this.path = path;
    }

    /// What the keyword `$ref` of a schema leads to, other keywords beside it left aside.
    SchemaNode target(SchemaNode node) {
        JsonNode reference = node.get("$ref");
        if (reference == null || !reference.isTextual() || !reference.textValue().startsWith("#")) {
            throw node.error(
                    "$ref", "found " + SchemaNode.shown(reference) + ", expected a place in this schema: # or #/$defs/NAME");
        }
        JsonNode target = root;
        StringBuilder place = new StringBuilder(path);
        String[] steps = reference.textValue().substring(1).split("/", -1);
        for (int i = 1; i < steps.length; i++) {
            String step = decoded(node, steps[i]).replace("~1", "/").replace("~0", "~");
            boolean index = target.isArray() && step.matches("[0-9]{1,6}");
            target = index ? target.path(Integer.parseInt(step)) : target.path(step);
            place.append(index ? "[" + step + "]" : "." + step);
        }
        if (!steps[0].isEmpty() || target.isMissingNode()) {
            throw node.error("$ref", "found " + SchemaNode.shown(reference) + ", which leads nowhere in this schema");
        }
        return SchemaNode.of(target, place.toString());
    }

    private static String decoded(SchemaNode node, String step) {
        try {
            return URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw node.error("$ref", "found " + SchemaNode.shown(node.get("$ref")) + ", which is no reference");
        }
    }

    /// The schema without `$ref` and `allOf`: what they stand for is joined with what is beside them.
    SchemaNode joined(SchemaNode node) {
        List<SchemaNode> parts = new ArrayList<>();
        collect(node, parts, 0);
        SchemaNode joined = parts.isEmpty()
                ? new SchemaNode(JsonNodeFactory.instance.objectNode(), node.path())
                : parts.getFirst();
        for (int i = 1; i < parts.size(); i++) {
            joined = both(joined, parts.get(i));
        }
        return joined;
    }

    private void collect(SchemaNode node, List<SchemaNode> parts, int steps) {
        if (steps > LIMIT_STEPS || parts.size() > LIMIT_STEPS) {
            throw new SchemaException(
                    node.path(),
                    "found more than " + LIMIT_STEPS + " steps through $ref and allOf, expected an end of them");
        }
        SchemaNode own = node.has("$ref") || node.has("allOf") ? node.without("$ref", "allOf") : node;
        if (!own.isSilent()) {
            parts.add(own);
        }
        if (node.has("$ref")) {
            collect(target(node), parts, steps + 1);
        }
        if (node.has("allOf")) {
            for (SchemaNode part : node.schemas("allOf")) {
                collect(part, parts, steps + 1);
            }
        }
    }

    /// One schema for two.
    private static SchemaNode both(SchemaNode left, SchemaNode right) {
        checkClosed(left, right);
        checkClosed(right, left);
        ObjectNode both = left.json().deepCopy();
        for (Map.Entry<String, JsonNode> keyword : right.json().properties()) {
            String name = keyword.getKey();
            JsonNode value = keyword.getValue();
            JsonNode present = both.get(name);
            if (present == null || present.equals(value)) {
                both.set(name, value);
                continue;
            }
            both.set(name, switch (name) {
                case "type" -> common(left, right);
                case "properties" -> properties(left.object(name), right.object(name));
                case "required" -> union(left.names(name), right.names(name));
                case "minimum", "exclusiveMinimum", "minLength", "minItems" -> larger(left, right, name);
                case "maximum", "exclusiveMaximum", "maxLength", "maxItems" -> smaller(left, right, name);
                case "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment",
                        "$schema", "$defs", "definitions" -> present;
                case "items" -> all(present, value);
                default ->
                    throw right.error(
                            name, "found another " + name + " in what has to hold as well (" + left.path()
                                    + "), expected it in one of them");
            });
        }
        return new SchemaNode(both, left.path());
    }

    /// What a schema says of properties and items that it does not list would have to hold for those that the other
    /// one lists.
    private static void checkClosed(SchemaNode node, SchemaNode other) {
        JsonNode additional = node.json().path("additionalProperties");
        boolean open = additional.isMissingNode() || additional.isBoolean() && additional.booleanValue();
        if (!open && !fieldNames(node.object("properties")).containsAll(fieldNames(other.object("properties")))) {
            throw node.error(
                    "additionalProperties",
                    "found it beside other properties that have to hold as well (" + other.path()
                            + "), expected all of them in one schema");
        }
        if (node.has("prefixItems") && (other.has("prefixItems") || other.has("items"))) {
            throw node.error(
                    "prefixItems",
                    "found it beside other items that have to hold as well (" + other.path()
                            + "), expected them in one schema");
        }
    }

    private static Set<String> fieldNames(ObjectNode object) {
        Set<String> names = new LinkedHashSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static ArrayNode common(SchemaNode left, SchemaNode right) {
        Set<String> types = new LinkedHashSet<>();
        for (String type : left.types()) {
            Set<String> others = right.types();
            if (others.contains(type) || type.equals("integer") && others.contains("number")) {
                types.add(type);
            } else if (type.equals("number") && others.contains("integer")) {
                types.add("integer");
            }
        }
        if (types.isEmpty()) {
            throw right.error("type", "found no type that is also in " + left.path("type") + ", expected one");
        }
        return strings(types);
    }

    private static ArrayNode strings(Iterable<String> names) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        names.forEach(list::add);
        return list;
    }

    private static ArrayNode union(Set<String> left, Set<String> right) {
        Set<String> all = new LinkedHashSet<>(left);
        all.addAll(right);
        return strings(all);
    }

    private static ObjectNode properties(ObjectNode left, ObjectNode right) {
        ObjectNode all = left.deepCopy();
        for (Map.Entry<String, JsonNode> property : right.properties()) {
            JsonNode present = all.get(property.getKey());
            boolean same = present == null || present.equals(property.getValue());
            all.set(property.getKey(), same ? property.getValue() : all(present, property.getValue()));
        }
        return all;
    }

    private static ObjectNode all(JsonNode left, JsonNode right) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.putArray("allOf").add(left).add(right);
        return all;
    }

    private static JsonNode larger(SchemaNode left, SchemaNode right, String keyword) {
        return order(left, right, keyword) >= 0 ? left.json().path(keyword) : right.json().path(keyword);
    }

    private static JsonNode smaller(SchemaNode left, SchemaNode right, String keyword) {
        return order(left, right, keyword) <= 0 ? left.json().path(keyword) : right.json().path(keyword);
    }

    private static int order(SchemaNode left, SchemaNode right, String keyword) {
        for (SchemaNode node : List.of(left, right)) {
            if (!node.json().path(keyword).isNumber()) {
                throw node.error(
                        keyword, "found " + SchemaNode.shown(node.get(keyword)) + ", expected a number");
            }
        }
        return left.json().path(keyword).decimalValue().compareTo(right.json().path(keyword).decimalValue());
    }
}
