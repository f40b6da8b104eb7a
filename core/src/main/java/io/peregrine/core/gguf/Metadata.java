package io.peregrine.core.gguf;

import io.peregrine.core.ModelFormatException;
import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The key-value pairs of a GGUF file, with typed access: a value of another type, or outside the range that
/// the caller names, is a [io.peregrine.core.ModelFormatException] that names the key.
///
/// Getters without a default require the key. Immutable; safe for any thread; needs no open file.
public final class Metadata {

    private final String file;
    private final Map<String, Entry> entries;

    /// Pairs that come from no file. Java's types stand for GGUF's signed ones: `Integer` for int32, `int[]`
    /// for an array of int32, and so on; `BigInteger` for uint64.
    ///
    /// @param file the name for messages
    /// @param values boxed primitives, strings, and arrays (`String[]`, `float[]`, `int[]`, ...), in order
    /// @throws IllegalArgumentException if GGUF has no type for a value
    public Metadata(String file, Map<String, Object> values) {
        this(typed(values), file);
    }

    private Metadata(Map<String, Entry> entries, String file) {
        this.file = file;
        this.entries = Collections.unmodifiableMap(entries);
    }

    static Metadata of(String file, Map<String, Entry> entries) {
        return new Metadata(entries, file);
    }

    private static Map<String, Entry> typed(Map<String, Object> values) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        values.forEach((key, value) -> entries.put(key, Entry.of(value)));
        return entries;
    }

    /// The file's name for messages.
    public String file() {
        return file;
    }

    /// All keys, in the order of the file.
    public Set<String> keys() {
        return entries.keySet();
    }

    public boolean has(String key) {
        return entries.containsKey(key);
    }

    /// The value as it is, or null: `Boolean`, `String`, `Float`, `Double`; `Integer` for integers of up to
    /// 16 bits and int32, `Long` for uint32, int64, and uint64 below 2^63, `BigInteger` above. Arrays are
    /// `String[]`, primitive arrays in which unsigned elements keep their bits, and `Object[]` of arrays;
    /// they are shared: do not write to them.
    public @Nullable Object value(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value();
    }

    /// The type of a value, or null if the key is absent.
    public @Nullable GgufType type(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.type();
    }

    /// The type of the elements of an array, or null if the key is absent or its value no array.
    public @Nullable GgufType elementType(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.elementType();
    }

    @Nullable
    Entry entry(String key) {
        return entries.get(key);
    }

    /// @throws io.peregrine.core.ModelFormatException if the key is absent
    public String string(String key) {
        return (String) required(key, GgufType.STRING).value();
    }

    public String string(String key, String absent) {
        String value = stringOrNull(key);
        return value == null ? absent : value;
    }

    public @Nullable String stringOrNull(String key) {
        Entry entry = optional(key, GgufType.STRING);
        return entry == null ? null : (String) entry.value();
    }

    public boolean bool(String key, boolean absent) {
        Entry entry = optional(key, GgufType.BOOL);
        return entry == null ? absent : (Boolean) entry.value();
    }

    /// An integer of any width within `min..max`.
    public int integer(String key, int min, int max) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw absent(key, GgufType.UINT32.toString());
        }
        return checkedInteger(key, entry, min, max);
    }

    /// As [#integer(String, int, int)], or `absent` if the key is absent.
    public int integer(String key, int absent, int min, int max) {
        Entry entry = entries.get(key);
        return entry == null ? absent : checkedInteger(key, entry, min, max);
    }

    /// A finite float within `min..max`.
    public float number(String key, float min, float max) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw absent(key, GgufType.FLOAT32.toString());
        }
        return checkedNumber(key, entry, min, max);
    }

    /// As [#number(String, float, float)], or `absent` if the key is absent.
    public float number(String key, float absent, float min, float max) {
        Entry entry = entries.get(key);
        return entry == null ? absent : checkedNumber(key, entry, min, max);
    }

    /// An array of strings, or null if the key is absent. The array is shared: do not write to it.
    public String @Nullable [] strings(String key) {
        Entry entry = optionalArray(key, GgufType.STRING);
        return entry == null ? null : (String[]) entry.value();
    }

    /// How many strings an array of strings has, or -1 if the key is absent; nothing is decoded.
    public int countStrings(String key) {
        Entry entry = optionalArray(key, GgufType.STRING);
        return entry == null ? -1 : entry.length();
    }

    /// Passes the strings of an array in order, if the key is there, and keeps none of them: a vocabulary of short
    /// strings takes many times as much as objects as it does in the file.
    public void eachString(String key, Consumer<String> action) {
        Entry entry = optionalArray(key, GgufType.STRING);
        if (entry != null) {
            entry.eachString(action);
        }
    }

    /// An array of float32, or null if the key is absent. The array is shared: do not write to it.
    public float @Nullable [] floats(String key) {
        Entry entry = optionalArray(key, GgufType.FLOAT32);
        return entry == null ? null : (float[]) entry.value();
    }

    /// An array of bools, or null if the key is absent. The array is shared: do not write to it.
    public boolean @Nullable [] bools(String key) {
        Entry entry = optionalArray(key, GgufType.BOOL);
        return entry == null ? null : (boolean[]) entry.value();
    }

    /// An array of int32, or of uint32 below 2^31, or null if the key is absent. The array is shared: do not
    /// write to it.
    public int @Nullable [] ints(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (entry.elementType() != GgufType.INT32 && entry.elementType() != GgufType.UINT32) {
            throw wrongType(key, entry, "array of int32");
        }
        int[] values = (int[]) entry.value();
        if (entry.elementType() == GgufType.UINT32) {
            for (int i = 0; i < values.length; i++) {
                if (values[i] < 0) {
                    throw new ModelFormatException(
                            file,
                            where(key, entry) + ", element " + i,
                            Integer.toUnsignedString(values[i]),
                            "at most " + Integer.MAX_VALUE,
                            "");
                }
            }
        }
        return values;
    }

    private @Nullable Entry optional(String key, GgufType type) {
        Entry entry = entries.get(key);
        if (entry != null && entry.type() != type) {
            throw wrongType(key, entry, type.toString());
        }
        return entry;
    }

    private Entry required(String key, GgufType type) {
        Entry entry = optional(key, type);
        if (entry == null) {
            throw absent(key, type.toString());
        }
        return entry;
    }

    private @Nullable Entry optionalArray(String key, GgufType elementType) {
        Entry entry = entries.get(key);
        if (entry != null && entry.elementType() != elementType) {
            throw wrongType(key, entry, "array of " + elementType);
        }
        return entry;
    }

    private int checkedInteger(String key, Entry entry, int min, int max) {
        long found = switch (entry.value()) {
            case Integer value -> value;
            case Long value -> value;
            case BigInteger value -> Long.MAX_VALUE;
            default -> throw wrongType(key, entry, GgufType.UINT32.toString());
        };
        if (found < min || found > max) {
            throw outOfRange(key, entry, "a number from " + min + " to " + max);
        }
        return (int) found;
    }

    private float checkedNumber(String key, Entry entry, float min, float max) {
        float found = switch (entry.value()) {
            case Float value -> value;
            case Double value -> value.floatValue();
            default -> throw wrongType(key, entry, GgufType.FLOAT32.toString());
        };
        if (!(found >= min && found <= max) || Float.isInfinite(found)) {
            throw outOfRange(key, entry, "a number from " + min + " to " + max);
        }
        return found;
    }

    private ModelFormatException absent(String key, String expected) {
        return new ModelFormatException(file, "key " + key, "nothing", expected, "");
    }

    private ModelFormatException wrongType(String key, Entry entry, String expected) {
        return new ModelFormatException(file, where(key, entry), entry.typeName(), expected, "");
    }

    private ModelFormatException outOfRange(String key, Entry entry, String expected) {
        return new ModelFormatException(file, where(key, entry), entry.value().toString(), expected, "");
    }

    private static String where(String key, Entry entry) {
        return "key " + key + (entry.offset() < 0 ? "" : " at byte " + entry.offset());
    }
}
