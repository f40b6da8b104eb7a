package io.peregrine.cli.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.peregrine.cli.checkpoint.JsonFile;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Printable;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The hyper-parameters in a JSON file, with typed access: a value of another type or outside of its range is an
/// error that names the key. A key with the value null counts as absent, as in the original code.
final class Config {

    private final String file;
    /// The key of the object that this is, with a dot, or an empty string.
    private final String prefix;

    private final JsonNode node;

    private Config(String file, String prefix, JsonNode node) {
        this.file = file;
        this.prefix = prefix;
        this.node = node;
    }

    static Config read(Path file) {
        return new Config(file.toString(), "", JsonFile.read(file));
    }

    /// One without keys, in whose place everything has its default.
    static Config empty(String file) {
        return new Config(file, "", JsonNodeFactory.instance.objectNode());
    }

    String file() {
        return file;
    }

    JsonNode json() {
        return node;
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /// The object under a key.
    Config object(String key) {
        Config object = objectOrNull(key);
        if (object == null) {
            throw wrong(key, "an object");
        }
        return object;
    }

    @Nullable
    Config objectOrNull(String key) {
        if (!has(key)) {
            return null;
        }
        if (!node.get(key).isObject()) {
            throw wrong(key, "an object");
        }
        return new Config(file, prefix + key + ".", node.get(key));
    }

    int integer(String key, int min, int max) {
        JsonNode value = node.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw wrong(key, "a whole number from " + min + " to " + max);
        }
        return value.intValue();
    }

    int integer(String key, int absent, int min, int max) {
        return has(key) ? integer(key, min, max) : absent;
    }

    float number(String key, float absent, float min, float max) {
        if (!has(key)) {
            return absent;
        }
        JsonNode value = node.get(key);
        float number = value.floatValue();
        if (!value.isNumber() || !(number >= min && number <= max)) {
            throw wrong(key, "a number from " + min + " to " + max);
        }
        return number;
    }

    boolean bool(String key, boolean absent) {
        if (has(key) && !node.get(key).isBoolean()) {
            throw wrong(key, "true or false");
        }
        return has(key) ? node.get(key).booleanValue() : absent;
    }

    String string(String key, String absent) {
        String text = stringOrNull(key);
        return text == null ? absent : text;
    }

    @Nullable
    String stringOrNull(String key) {
        if (has(key) && !node.get(key).isTextual()) {
            throw wrong(key, "a text");
        }
        return has(key) ? node.get(key).textValue() : null;
    }

    /// A list of numbers, or `absent`.
    float[] numbers(String key, float[] absent) {
        if (!has(key)) {
            return absent;
        }
        JsonNode list = node.get(key);
        float[] numbers = new float[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!list.path(i).isNumber()) {
                throw wrong(key, "a list of numbers");
            }
            numbers[i] = list.path(i).floatValue();
        }
        if (numbers.length != absent.length) {
            throw wrong(key, absent.length + " numbers");
        }
        return numbers;
    }

    /// The error for a value that is not as it should be.
    ModelFormatException wrong(String key, String expected) {
        String found = has(key) ? Printable.of(node.get(key).toString()) : "nothing";
        return new ModelFormatException(file, "key " + prefix + key, found, expected, "");
    }
}
