package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes the fields of one object of a request, each once and checked; what nobody asked for is refused by
/// [#end]. A field that is null counts as one that is not there. Belongs to one thread.
///
/// Every error is an [ApiException] with status 400, the field's path as its `param`, and the message
/// `PATH: found FOUND, expected EXPECTED`.
final class Fields {

    private final ObjectNode object;
    private final String path;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /// Of the outermost object.
    static Fields of(ObjectNode body) {
        return new Fields(body, "");
    }

    /// Of an object within.
    ///
    /// @param path of the value
    static Fields of(JsonNode value, String path) {
        if (value instanceof ObjectNode object) {
            return new Fields(object, path);
        }
        throw wrong(path, value, "an object");
    }

    /// Where a field is.
    String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// A field of any kind, or null.
    @Nullable
    JsonNode value(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /// @throws ApiException if it is not there
    JsonNode required(String name, String expected) {
        JsonNode value = value(name);
        if (value == null) {
            throw new ApiException(
                    400,
                    ApiException.INVALID_REQUEST,
                    "missing_required_parameter",
                    path(name),
                    path(name) + ": missing, expected " + expected);
        }
        return value;
    }

    @Nullable
    String string(String name) {
        JsonNode value = value(name);
        if (value == null || value.isTextual()) {
            return value == null ? null : value.textValue();
        }
        throw wrong(path(name), value, "a string");
    }

    String requiredString(String name) {
        JsonNode value = required(name, "a string");
        if (!value.isTextual()) {
            throw wrong(path(name), value, "a string");
        }
        return value.textValue();
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode value = value(name);
        if (value == null || value.isBoolean()) {
            return value == null ? otherwise : value.booleanValue();
        }
        throw wrong(path(name), value, "true or false");
    }

    int integer(String name, int min, int max, int otherwise) {
        return (int) integer(name, (long) min, (long) max, otherwise);
    }

    long integer(String name, long min, long max, long otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw wrong(path(name), value, min == max ? "" + min : "a whole number from " + min + " to " + max);
        }
        return value.longValue();
    }

    float number(String name, float min, float max, float otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        double number = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!(number >= min && number <= max)) {
            throw wrong(path(name), value, "a number from " + shown(min) + " to " + shown(max));
        }
        return (float) number;
    }

    private static String shown(float bound) {
        return bound == Math.rint(bound) ? Integer.toString((int) bound) : Float.toString(bound);
    }

    /// A string that is one of some.
    String choice(String name, String otherwise, List<String> choices) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isTextual() || !choices.contains(value.textValue())) {
            throw wrong(path(name), value, String.join(", ", choices));
        }
        return value.textValue();
    }

    /// A field that is an object, or null.
    @Nullable
    Fields object(String name) {
        JsonNode value = value(name);
        return value == null ? null : of(value, path(name));
    }

    /// The items of a field that is an array.
    ///
    /// @param expected for the message
    List<JsonNode> array(String name, int min, int max, String expected) {
        JsonNode value = required(name, expected);
        if (!(value instanceof ArrayNode array) || array.size() < min || array.size() > max) {
            String found = value instanceof ArrayNode array ? array.size() + " items" : Shown.value(value);
            throw wrong(path(name), found, expected);
        }
        List<JsonNode> items = new ArrayList<>(array.size());
        array.forEach(items::add);
        return items;
    }

    /// A field that OpenAI's API has and this server does not: refused unless it says nothing.
    ///
    /// @param why what to do instead, or what there is
    Fields unsupported(String name, String why) {
        JsonNode value = value(name);
        if (value != null) {
            throw notSupported(path(name), "it", why);
        }
        return this;
    }

    /// @param what of the field is not there
    static ApiException notSupported(String path, String what, String why) {
        return new ApiException(
                400,
                ApiException.INVALID_REQUEST,
                "unsupported_value",
                path,
                path + ": " + what + " is not supported; " + why);
    }

    /// A field that changes nothing here, but is looked at all the same.
    Fields ignored(String name, Consumer<JsonNode> check) {
        JsonNode value = value(name);
        if (value != null) {
            check.accept(value);
        }
        return this;
    }

    /// @throws ApiException naming the first field that nobody asked for
    void end() {
        for (String name : (Iterable<String>) object::fieldNames) {
            if (!known.contains(name)) {
                String field = Shown.path(path(name));
                throw new ApiException(
                        400,
                        ApiException.INVALID_REQUEST,
                        "unknown_parameter",
                        field,
                        field + ": unknown field; known here: " + String.join(", ", known));
            }
        }
    }

    static ApiException wrong(String path, JsonNode found, String expected) {
        return wrong(path, Shown.value(found), expected);
    }

    static ApiException wrong(String path, String found, String expected) {
        return ApiException.badField(path, path + ": found " + found + ", expected " + expected);
    }
}
