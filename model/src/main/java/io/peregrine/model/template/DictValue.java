package io.peregrine.model.template;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A mapping in order of insertion. Keys are strings, numbers, booleans or none.
final class DictValue implements Value {

    private final Map<Value, Value> entries = new LinkedHashMap<>();

    /// The entries in order.
    Map<Value, Value> entries() {
        return entries;
    }

    @Nullable
    Value get(Value key, Budget budget) {
        if (!isKey(key)) {
            return null;
        }
        chargeHash(key, budget);
        return entries.get(key);
    }

    /// As [#get], but a list or a mapping as key is an error, as it is in Python where a key is asked for.
    @Nullable
    Value lookUp(Value key, Budget budget) {
        if (key instanceof ListValue || key instanceof DictValue) {
            throw notAKey(key);
        }
        return get(key, budget);
    }

    /// Puts an entry of the input, which costs nothing.
    void put(Text key, Value value) {
        entries.put(key, value);
    }

    void put(Value key, Value value, Budget budget) {
        if (!isKey(key)) {
            throw notAKey(key);
        }
        chargeHash(key, budget);
        if (entries.put(key, value) == null) {
            budget.entries(1);
        }
    }

    @Nullable
    Value remove(Value key, Budget budget) {
        if (!isKey(key)) {
            return null;
        }
        chargeHash(key, budget);
        return entries.remove(key);
    }

    private static boolean isKey(Value key) {
        return key instanceof Text || key instanceof NumberValue || key instanceof NoneValue;
    }

    private static Failure notAKey(Value key) {
        return new Failure(Kind.withArticle(key)
                + " cannot be a key of a mapping; keys are strings, numbers, booleans and none");
    }

    private static void chargeHash(Value key, Budget budget) {
        if (key instanceof Text text) {
            budget.work(text.length());
        }
    }
}
