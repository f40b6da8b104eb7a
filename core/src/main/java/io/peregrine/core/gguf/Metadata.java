package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The key-value pairs of a GGUF file, with typed access: a value of another type, or outside the range that the
/// caller names, is a [io.peregrine.core.ModelFormatException] that names the key.
///
/// Getters without a default require the key. Immutable; safe for any thread.
public final class Metadata {

    private final String file;
    private final Map<String, Object> values;

    /// @param file the file's name for messages
    /// @param values boxed primitives, strings, and arrays (`String[]`, `float[]`, `int[]`, ...), in file order
    public Metadata(String file, Map<String, Object> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(values);
    }

    /// The file's name for messages.
    public String file() {
        return file;
    }

    public Set<String> keys() {
        return values.keySet();
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    /// The value as stored, or null.
    public @Nullable Object value(String key) {
        return values.get(key);
    }

    public String string(String key) {
        return required(key, stringOrNull(key), "string");
    }

    public String string(String key, String absent) {
        String value = stringOrNull(key);
        return value == null ? absent : value;
    }

    public @Nullable String stringOrNull(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrongType(key, value, "string");
    }

    public boolean bool(String key, boolean absent) {
        Object value = values.get(key);
        if (value == null) {
            return absent;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrongType(key, value, "bool");
    }

    /// An integer of any width within `min..max`.
    public int integer(String key, int min, int max) {
        Object value = values.get(key);
        return checkedInteger(key, required(key, value, "uint32"), min, max);
    }

    /// As [#integer(String, int, int)], or `absent` if the key is absent.
    public int integer(String key, int absent, int min, int max) {
        Object value = values.get(key);
        return value == null ? absent : checkedInteger(key, value, min, max);
    }

    /// A finite float within `min..max`.
    public float number(String key, float min, float max) {
        Object value = values.get(key);
        return checkedNumber(key, required(key, value, "float32"), min, max);
    }

    /// As [#number(String, float, float)], or `absent` if the key is absent.
    public float number(String key, float absent, float min, float max) {
        Object value = values.get(key);
        return value == null ? absent : checkedNumber(key, value, min, max);
    }

    /// An array of strings, or null if the key is absent. The array is shared: do not write to it.
    public String @Nullable [] strings(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof String[]) {
            return (String[]) value;
        }
        throw wrongType(key, value, "array of string");
    }

    /// An array of float32, or null if the key is absent. The array is shared: do not write to it.
    public float @Nullable [] floats(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof float[]) {
            return (float[]) value;
        }
        throw wrongType(key, value, "array of float32");
    }

    /// An array of int32 or uint32, or null if the key is absent. The array is shared: do not write to it.
    public int @Nullable [] ints(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof int[]) {
            return (int[]) value;
        }
        throw wrongType(key, value, "array of int32");
    }

    private <T> T required(String key, @Nullable T value, String expected) {
        if (value == null) {
            throw new ModelFormatException(file, "key " + key, "nothing", expected, "");
        }
        return value;
    }

    private int checkedInteger(String key, Object value, int min, int max) {
        if (!(value instanceof Number number) || value instanceof Float || value instanceof Double) {
            throw wrongType(key, value, "uint32");
        }
        long found = number.longValue();
        if (found < min || found > max) {
            throw new ModelFormatException(
                    file, "key " + key, Long.toString(found), "a number from " + min + " to " + max, "");
        }
        return (int) found;
    }

    private float checkedNumber(String key, Object value, float min, float max) {
        if (!(value instanceof Float) && !(value instanceof Double)) {
            throw wrongType(key, value, "float32");
        }
        float found = ((Number) value).floatValue();
        if (!(found >= min && found <= max)) {
            throw new ModelFormatException(
                    file, "key " + key, Float.toString(found), "a number from " + min + " to " + max, "");
        }
        return found;
    }

    private ModelFormatException wrongType(String key, Object value, String expected) {
        return new ModelFormatException(file, "key " + key, value.getClass().getSimpleName(), expected, "");
    }
}
