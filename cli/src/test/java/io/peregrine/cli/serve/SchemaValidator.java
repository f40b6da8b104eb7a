package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Checks values against JSON Schemas as the standard has it (draft 2020-12), written down for the keywords that
/// [JsonSchema] knows and sharing nothing with it.
final class SchemaValidator {

    private final JsonNode root;

    SchemaValidator(JsonNode root) {
        this.root = root;
    }

    boolean isValid(JsonNode value) {
        return isValid(root, value);
    }

    private boolean isValid(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.booleanValue();
        }
        boolean valid = true;
        for (var keyword : schema.properties()) {
            valid &= holds(schema, keyword.getKey(), keyword.getValue(), value);
        }
        return valid;
    }

    private boolean holds(JsonNode schema, String keyword, JsonNode argument, JsonNode value) {
        return switch (keyword) {
            case "$ref" ->
                isValid(
                        argument.textValue().equals("#") ? root : root.at(argument.textValue().substring(1)), value);
            case "type" -> list(argument).stream().anyMatch(type -> hasType(value, type.textValue()));
            case "const" -> same(argument, value);
            case "enum" -> list(argument).stream().anyMatch(one -> same(one, value));
            case "anyOf" -> list(argument).stream().anyMatch(one -> isValid(one, value));
            case "oneOf" ->
                list(argument).stream().filter(one -> isValid(one, value)).count() == 1;
            case "allOf" -> list(argument).stream().allMatch(one -> isValid(one, value));
            case "required" ->
                !value.isObject() || list(argument).stream().allMatch(name -> value.has(name.textValue()));
            case "properties" ->
                !value.isObject()
                        || argument.propertyStream()
                                .allMatch(property -> !value.has(property.getKey())
                                        || isValid(property.getValue(), value.get(property.getKey())));
            case "additionalProperties" ->
                !value.isObject()
                        || value.propertyStream()
                                .allMatch(property -> schema.path("properties").has(property.getKey())
                                        || isValid(argument, property.getValue()));
            case "prefixItems" -> {
                boolean all = true;
                for (int i = 0; value.isArray() && i < Math.min(argument.size(), value.size()); i++) {
                    all &= isValid(argument.get(i), value.get(i));
                }
                yield all;
            }
            case "items" -> {
                boolean all = true;
                for (int i = schema.path("prefixItems").size(); value.isArray() && i < value.size(); i++) {
                    all &= isValid(argument, value.get(i));
                }
                yield all;
            }
            case "minItems" -> !value.isArray() || value.size() >= argument.intValue();
            case "maxItems" -> !value.isArray() || value.size() <= argument.intValue();
            case "minLength" -> !value.isTextual() || length(value) >= argument.intValue();
            case "maxLength" -> !value.isTextual() || length(value) <= argument.intValue();
            case "pattern" ->
                !value.isTextual()
                        || Pattern.compile(argument.textValue())
                                .matcher(value.textValue())
                                .find();
            case "format" -> !value.isTextual() || hasFormat(argument.textValue(), value.textValue());
            case "minimum" -> !value.isNumber() || compare(value, argument) >= 0;
            case "maximum" -> !value.isNumber() || compare(value, argument) <= 0;
            case "exclusiveMinimum" -> !value.isNumber() || compare(value, argument) > 0;
            case "exclusiveMaximum" -> !value.isNumber() || compare(value, argument) < 0;
            case "title", "description", "$defs", "default", "$schema" -> true;
            default -> throw new IllegalArgumentException(keyword);
        };
    }

    private static List<JsonNode> list(JsonNode node) {
        List<JsonNode> list = new ArrayList<>();
        (node.isArray() ? node : List.of(node)).forEach(list::add);
        return list;
    }

    private static int length(JsonNode value) {
        return value.textValue().codePointCount(0, value.textValue().length());
    }

    private static int compare(JsonNode left, JsonNode right) {
        return left.decimalValue().compareTo(right.decimalValue());
    }

    private static boolean same(JsonNode left, JsonNode right) {
        return left.isNumber() && right.isNumber() ? compare(left, right) == 0 : left.equals(right);
    }

    private static boolean hasType(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "number" -> value.isNumber();
            default -> value.isNumber() && value.decimalValue().remainder(BigDecimal.ONE).signum() == 0;
        };
    }

    private static boolean hasFormat(String format, String text) {
        try {
            switch (format) {
                case "date" -> LocalDate.parse(text);
                case "time" -> OffsetTime.parse(limited(text));
                case "date-time" -> OffsetDateTime.parse(limited(text));
                default -> {
                    return text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
                }
            }
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /// Java knows offsets up to 18 hours only.
    private static String limited(String text) {
        return text.replaceAll("([+-])(1[89]|2[0-3]):", "$117:");
    }
}
