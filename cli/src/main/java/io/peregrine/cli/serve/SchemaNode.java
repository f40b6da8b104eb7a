package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A schema that is an object, and where it is: reads its keywords, and says which of them is wrong.
///
/// @param json the schema
/// @param path of it, for messages
record SchemaNode(ObjectNode json, String path) {

    /// The types of JSON Schema, in the order in which they are tried.
    static final Set<String> TYPES =
            new LinkedHashSet<>(List.of("object", "array", "string", "number", "integer", "boolean", "null"));

    /// Keywords that say nothing about which texts are valid, or hold what others refer to.
    private static final Set<String> SILENT = Set.of(
            "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema",
            "$defs", "definitions");

    private static final Set<String> SPOKEN = Set.of(
            "type", "properties", "required", "additionalProperties", "items", "prefixItems", "minItems", "maxItems",
            "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "minLength", "maxLength", "pattern", "format", "minimum",
            "maximum", "exclusiveMinimum", "exclusiveMaximum");

    private static final int SHOWN = 64;

    /// @throws SchemaException if it is no schema, or has a keyword that is not supported
    static SchemaNode of(JsonNode json, String path) {
        if (json.isBoolean() && json.booleanValue()) {
            return new SchemaNode(JsonNodeFactory.instance.objectNode(), path);
        }
        if (!(json instanceof ObjectNode object)) {
            throw new SchemaException(
                    path, "found " + shown(json) + ", expected a schema: an object, or true for any value");
        }
        SchemaNode node = new SchemaNode(object, path);
        for (Map.Entry<String, JsonNode> keyword : object.properties()) {
            node.check(keyword.getKey(), keyword.getValue());
        }
        return node;
    }

    private void check(String keyword, JsonNode value) {
        boolean off = keyword.equals("uniqueItems") && value.isBoolean() && !value.booleanValue();
        boolean whole = keyword.equals("multipleOf") && value.isNumber() && value.decimalValue().compareTo(BigDecimal.ONE) == 0
                && types().equals(Set.of("integer"));
        if (!SILENT.contains(keyword) && !SPOKEN.contains(keyword) && !off && !whole) {
            throw error(
                    keyword,
                    "found a keyword that answers cannot be held to, expected one of "
                            + String.join(", ", SPOKEN.stream().sorted().toList()));
        }
    }

    /// Whether it says nothing about which values are valid.
    boolean isSilent() {
        return json.propertyStream().allMatch(keyword -> SILENT.contains(keyword.getKey()));
    }

    boolean has(String keyword) {
        return json.has(keyword);
    }

    @Nullable
    JsonNode get(String keyword) {
        return json.get(keyword);
    }

    /// The same with fewer keywords.
    SchemaNode without(String... keywords) {
        return new SchemaNode(json.deepCopy().without(List.of(keywords)), path);
    }

    /// Where a keyword is.
    String path(String keyword) {
        return path(path, keyword);
    }

    /// Where a keyword or property is in what is at a path.
    static String path(String path, String name) {
        return path + "." + (name.length() > SHOWN ? name.substring(0, SHOWN) + "..." : name);
    }

    SchemaException error(String keyword, String problem) {
        return new SchemaException(path(keyword), problem);
    }

    /// A value as messages show it.
    static String shown(@Nullable JsonNode value) {
        String text = value == null ? "nothing" : value.toString();
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    }

    /// The types that values may have; all if it does not say.
    Set<String> types() {
        JsonNode type = get("type");
        if (type == null) {
            return TYPES;
        }
        Set<String> types = new LinkedHashSet<>();
        for (JsonNode name : type.isArray() ? type : List.of(type)) {
            if (!name.isTextual() || !TYPES.contains(name.textValue())) {
                throw error(
                        "type", "found " + shown(type) + ", expected one or more of " + String.join(", ", TYPES));
            }
            types.add(name.textValue());
        }
        if (types.isEmpty()) {
            throw error("type", "found no type, expected one or more of " + String.join(", ", TYPES));
        }
        if (types.contains("number")) {
            types.remove("integer");
        }
        return types;
    }

    /// Schemas in a list.
    List<SchemaNode> schemas(String keyword) {
        JsonNode list = get(keyword);
        if (list == null || !list.isArray() || list.isEmpty()) {
            throw error(keyword, "found " + shown(list) + ", expected a list of schemas, at least one");
        }
        List<SchemaNode> schemas = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            schemas.add(of(list.get(i), path(keyword) + "[" + i + "]"));
        }
        return schemas;
    }

    /// The object in a keyword, empty if the keyword is missing.
    ObjectNode object(String keyword) {
        JsonNode value = json.path(keyword);
        if (value.isMissingNode()) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!(value instanceof ObjectNode object)) {
            throw error(keyword, "found " + shown(value) + ", expected an object");
        }
        return object;
    }

    /// The names in a list.
    Set<String> names(String keyword) {
        Set<String> names = new LinkedHashSet<>();
        JsonNode list = get(keyword);
        if (list == null) {
            return names;
        }
        if (!list.isArray()) {
            throw error(keyword, "found " + shown(list) + ", expected a list of names");
        }
        for (JsonNode name : list) {
            if (!name.isTextual()) {
                throw error(keyword, "found " + shown(name) + " in it, expected names only");
            }
            names.add(name.textValue());
        }
        return names;
    }

    /// A number of things, -1 if the keyword is missing.
    int count(String keyword, int limit) {
        JsonNode value = get(keyword);
        if (value == null) {
            return -1;
        }
        BigInteger count = value.isNumber() && isWhole(value) ? value.decimalValue().toBigInteger() : BigInteger.ONE.negate();
        if (count.signum() < 0 || count.compareTo(BigInteger.valueOf(limit)) > 0) {
            throw error(keyword, "found " + shown(value) + ", expected a whole number from 0 to " + limit);
        }
        return count.intValue();
    }

    private static boolean isWhole(JsonNode value) {
        return size(value) < SHOWN && value.decimalValue().stripTrailingZeros().scale() <= 0;
    }

    private static long size(JsonNode number) {
        return Math.abs((long) number.decimalValue().scale()) + number.decimalValue().precision();
    }

    /// The bound of whole numbers that a keyword gives, rounded into the range; null if it is missing.
    @Nullable
    BigInteger bound(String keyword, boolean lower, boolean exclusive) {
        JsonNode value = get(keyword);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || size(value) > SHOWN) {
            throw error(keyword, "found " + shown(value) + ", expected a number of less than " + SHOWN + " digits");
        }
        BigDecimal number = value.decimalValue();
        BigInteger whole = number.setScale(0, lower ? RoundingMode.CEILING : RoundingMode.FLOOR)
                .toBigInteger();
        if (exclusive && number.compareTo(new BigDecimal(whole)) == 0) {
            whole = whole.add(BigInteger.valueOf(lower ? 1 : -1));
        }
        return whole;
    }

    /// The values that it lists, in `enum` or `const`, of those the ones of its types; null if it lists none.
    @Nullable
    List<JsonNode> values() {
        JsonNode list = get("enum");
        if (list != null && (!list.isArray() || list.isEmpty())) {
            throw error("enum", "found " + shown(list) + ", expected a list of values, at least one");
        }
        JsonNode one = get("const");
        if (list == null && one == null) {
            return null;
        }
        Set<String> types = types();
        List<JsonNode> values = new ArrayList<>();
        for (JsonNode value : list == null ? List.of(one) : list) {
            if (hasType(value, types) && (one == null || one.equals(value))) {
                values.add(value);
            }
        }
        if (values.isEmpty()) {
            throw error(list == null ? "const" : "enum", "found no value that all its keywords allow, expected one");
        }
        return values;
    }

    private static boolean hasType(JsonNode value, Set<String> types) {
        return switch (value.getNodeType()) {
            case OBJECT -> types.contains("object");
            case ARRAY -> types.contains("array");
            case STRING -> types.contains("string");
            case BOOLEAN -> types.contains("boolean");
            case NULL -> types.contains("null");
            default -> types.contains("number") || types.contains("integer") && isWhole(value);
        };
    }
}
